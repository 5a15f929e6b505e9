"""How a page looks: colours for light and dark, each legible on its ground, and the rules that use them."""

from __future__ import annotations

# Text has a contrast of 4.5 on its ground, what is drawn one of 3; a test reckons it.
LIGHT = {
    "page": "#ffffff", "soft": "#f3f5f8", "text": "#1f2328", "muted": "#57606a", "edge": "#868e97",
    "weights": "#0a4f9e", "kv": "#3583d6", "buffers": "#6e7781", "loading": "#b35900",
    "good": "#1a7f37", "warn": "#8a5a00", "bad": "#c21f2a",
}  # fmt: skip
DARK = {
    "page": "#0f1319", "soft": "#181e27", "text": "#e6edf3", "muted": "#9da7b3", "edge": "#6b7684",
    "weights": "#8cc2ff", "kv": "#3f86d9", "buffers": "#8b949e", "loading": "#f0a24e",
    "good": "#4cc267", "warn": "#dfab3a", "bad": "#ff8078",
}  # fmt: skip

_RULES = """
*{box-sizing:border-box}
body{margin:0 auto;max-width:60rem;padding:1.5rem 1rem 3rem;background:var(--page);color:var(--text);
font:1rem/1.5 system-ui,-apple-system,"Segoe UI",sans-serif;overflow-wrap:anywhere}
h1{font-size:1.6rem;line-height:1.25;margin:0 0 .25rem}
h2{font-size:1.2rem;margin:0 0 .5rem;display:flex;flex-wrap:wrap;gap:.6rem;align-items:center}
p{margin:.25rem 0}
.muted,figcaption,.key{color:var(--muted);font-size:.875rem}
section{margin-top:2rem;padding-top:1.25rem;border-top:1px solid var(--edge)}
figure{margin:1.25rem 0;break-inside:avoid}
figcaption{margin-bottom:.35rem}
figcaption strong{color:var(--text)}
svg{display:block;width:100%;overflow:visible}
svg text{font-size:.8125rem;fill:var(--text)}
.badge{font-size:.8rem;font-weight:600;padding:.1rem .6rem;border-radius:1rem;border:1.5px solid}
.stable{color:var(--good)}
.order-dependent,.warning{color:var(--warn)}
.thrash,.error{color:var(--bad)}
.unknown,.note{color:var(--muted)}
.room{fill:var(--soft);stroke:var(--edge)}
.weights{fill:var(--weights)}
.kv{fill:var(--kv)}
.buffers{fill:var(--buffers)}
.stripe{fill:var(--page)}
.apart{stroke:var(--page);stroke-width:2}
.end{stroke:var(--text);stroke-width:2}
.over{stroke:var(--bad);stroke-width:3}
svg text.overtext{fill:var(--bad);font-weight:600}
.loaded{fill:var(--weights)}
.loading{fill:var(--loading)}
.key{list-style:none;display:flex;flex-wrap:wrap;gap:.2rem 1.1rem;margin:.5rem 0 0;padding:0}
.key svg{display:inline-block;width:16px;height:16px;vertical-align:-.15rem;margin-right:.35rem}
.models{list-style:none;margin:.5rem 0 0;padding:0;font-size:.875rem}
.models b{display:inline-block;min-width:1.4rem}
.lane{margin:.5rem 0}
.lane div{display:flex;flex-wrap:wrap;justify-content:space-between;gap:0 1rem;font-size:.875rem}
.lane svg{height:22px}
svg.axis text{fill:var(--muted)}
.scroll{overflow-x:auto}
.scroll:focus-visible{outline:2px solid var(--weights)}
table{border-collapse:collapse;font-size:.875rem;width:100%;font-variant-numeric:tabular-nums}
caption{text-align:left;color:var(--muted);padding-bottom:.35rem}
th,td{text-align:right;padding:.3rem .6rem;border-bottom:1px solid var(--edge);white-space:nowrap}
th:first-child,td:last-child{text-align:left;white-space:normal;min-width:8rem}
th:last-child{text-align:left}
tbody th{font-weight:500}
.findings{list-style:none;margin:0;padding:0}
.findings li{margin:.75rem 0;padding:.6rem .9rem;background:var(--soft);border-left:4px solid;break-inside:avoid}
.findings p{color:var(--text)}
.findings code{color:var(--muted)}
code{font:.875em ui-monospace,SFMono-Regular,Menlo,Consolas,monospace}
@media print{html{font-size:11px}body{max-width:none;padding:0}tr{break-inside:avoid}h2{break-after:avoid}
.scroll{overflow:visible}th,td{white-space:normal;padding:.25rem .4rem}
*{print-color-adjust:exact;-webkit-print-color-adjust:exact}}
"""


def style() -> str:
    """Return the style sheet; paper is light whatever the screen is."""
    dark = f"@media screen and (prefers-color-scheme:dark){{:root{{{_variables(DARK)}}}}}"
    return f":root{{color-scheme:light dark;{_variables(LIGHT)}}}\n{dark}{_RULES}"


def _variables(colours: dict[str, str]) -> str:
    return ";".join(f"--{name}:{colour}" for name, colour in colours.items())
