"""One host of `configs/hosts.yaml`, as frozen values; what each field means stands in its description.

Pure: `~` is resolved on the host, missing SSH values come from the user's OpenSSH config.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StrictBool, WithJsonSchema

from ccdeploy.settings.route import DynamicFile, Interval, MiddlewareName, Name
from ccdeploy.settings.values import (
    ConfigName,
    Count,
    Duration,
    Header,
    HeaderName,
    HomePath,
    HostAddress,
    HttpUrl,
    JumpHosts,
    LitellmArgs,
    LitellmVersion,
    Port,
    RemotePath,
    Root,
    Size,
    SlotPorts,
    UpstreamUrl,
    UserName,
)

Text = Annotated[str, Field(min_length=1), WithJsonSchema({"type": "string", "minLength": 1})]


class Part(BaseModel):
    """Base of everything in the settings: frozen, and no key that we do not know."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True, hide_input_in_errors=True)


class Ssh(Part):
    """How to reach a host; what is null comes from the user's OpenSSH config (`ssh -G ADDRESS`)."""

    address: HostAddress = Field(description="Name or address of the host, or an alias from `~/.ssh/config`")
    port: Port | None = Field(None, description="SSH port")
    user: UserName | None = Field(None, description="User to log in as")
    jump: JumpHosts | None = Field(
        None,
        description="Hosts to go through, as `ssh -J` takes them: `user@bastion:22`, several with commas; "
        "`none` goes straight, whatever OpenSSH's config says",
    )
    identity_file: Text | None = Field(
        None, description="Private key, on this machine; jumps are offered it beside their own"
    )
    known_hosts: Text | None = Field(
        None, description="File of known host keys, on this machine; jumps are looked for there too"
    )
    host_key_policy: Literal["strict", "accept-new"] = Field(
        "strict",
        description="`strict` refuses an unknown host key; `accept-new` adds it. Both refuse a changed one",
    )
    connect_timeout_s: Duration = Field(
        10.0, alias="connect_timeout", description="How long to wait for TCP, the banner and the login, each"
    )


class Listen(Part):
    """Where the proxy listens on the host."""

    address: HostAddress = Field("127.0.0.1", description="Address that the proxy binds")
    ports: SlotPorts = Field(
        (8081, 8082),
        description="Two ports: `restart` serves on the first, the second is for the shadow; with `blue-green` they "
        "take turns. Never 4000: LiteLLM takes a random port when 4000 is busy",
    )


class Traefik(Part):
    """The way that users take to the proxy."""

    url: HttpUrl = Field(description="The public URL of the proxy, through Traefik")
    ca_file: Text | None = Field(
        None,
        description="Certificates of a private CA to trust for `url`, PEM; a path on this machine, from the project's "
        "folder or with `~/`",
    )
    headers: dict[HeaderName, Header] = Field(
        default_factory=dict,
        description="Headers that the way through Traefik needs, such as those of a forward-auth; a value "
        "`os.environ/NAME` is taken from the environment of who deploys, and stands nowhere",
    )
    dynamic_file: DynamicFile | None = Field(
        None,
        description="A file of Traefik's file provider on the host, which ccdeploy alone writes: `setup --traefik` "
        "makes it, `blue-green` switches by it. Relative to `root` or absolute",
    )
    upstream: UpstreamUrl = Field(
        "http://127.0.0.1:{port}",
        description="The proxy as Traefik reaches it, perhaps from a container or another machine; `{port}` is the "
        "port that serves",
    )
    api: HttpUrl | None = Field(None, description="Traefik's API as the host reaches it: shows when it has switched")
    router: Name = Field("ccproxy", description="The router in `dynamic_file`")
    service: Name = Field("ccproxy", description="The service in `dynamic_file`; what else is in it begins so too")
    rule: Text | None = Field(None, description="The router's rule. Null: the host, and the path, of `url`")
    entry_points: tuple[Name, ...] = Field((), description="The router's entry points. Empty: Traefik's default ones")
    middlewares: tuple[MiddlewareName, ...] = Field(
        (), description="Middlewares of yours that the router goes through, such as `[auth@docker]`"
    )
    tls: StrictBool | None = Field(None, description="Whether the router is one of TLS. Null: when `url` is https")
    cert_resolver: Name | None = Field(
        None, description="What gets the certificate. Null: Traefik takes one that it has for the name"
    )
    health_interval_s: Interval = Field(
        5.0,
        alias="health_interval",
        description="How often Traefik asks the proxy for `/health/readiness`, which loads no model; 1s at least",
    )
    switch_timeout_s: Duration = Field(
        15.0, alias="switch_timeout", description="How long Traefik may take to show what `dynamic_file` says"
    )

    @property
    def is_tls(self) -> bool:
        """Whether the router in the dynamic file is one of TLS."""
        return self.url.lower().startswith("https:") if self.tls is None else self.tls


class Ollama(Part):
    """The Ollama behind the proxy, as the host reaches it."""

    url: HttpUrl = Field("http://127.0.0.1:11434", description="Ollama, as the host reaches it")
    memory_bytes: Size | None = Field(
        None,
        alias="memory",
        description="Memory for models: `32GB` is 32·10^9 bytes, `32GiB` is 32·2^30. Null: what its log says",
    )
    log: HomePath | None = Field(
        None,
        description="Ollama's own log on the host, absolute or with `~/`; it tells memory and settings. Null: where "
        "the app, Homebrew or systemd have it",
    )
    max_loaded_models: Count | None = Field(
        None,
        description="OLLAMA_MAX_LOADED_MODELS, where it is raised: how many models may be loaded at once. Null: what "
        "its log says, else three",
    )
    num_parallel: Count | None = Field(
        None,
        description="OLLAMA_NUM_PARALLEL: how many requests a model serves at once, each with a whole context. Null: "
        "what its log says, else one",
    )
    kv_cache_type: Literal["f16", "q8_0", "q4_0"] | None = Field(
        None, description="OLLAMA_KV_CACHE_TYPE: what a context is kept as. Null: what its log says, else f16"
    )


class Host(Part):
    """One host with a LiteLLM proxy."""

    name: str = Field(description="The key under `hosts`")
    ssh: Ssh = Field(description="How to reach the host")
    root: Root = Field("~/ccproxy", description="Folder on the host: venv, logs, .env, config.yaml, the releases")
    litellm: RemotePath = Field("venv/bin/litellm", description="The `litellm` to run, relative to `root` or absolute")
    litellm_version: LitellmVersion | None = Field(
        None,
        description="The version that is to serve: `setup --install` and `upgrade` install it when none is named, "
        "and `status` shows drift when another serves. Null: any",
    )
    litellm_args: LitellmArgs = Field(
        (), description='More arguments for it, such as `[--num_workers, "2"]`; ccdeploy sets port, host and config'
    )
    env_file: RemotePath = Field(
        ".env",
        description="KEY=VALUE lines: the proxy's environment, master key included; relative to `root` or absolute",
    )
    supervisor: Literal["nohup"] = Field(
        "nohup", description="What keeps the proxy running; nohup survives no reboot: `setup --at-boot` is for that"
    )
    strategy: Literal["restart", "blue-green"] = Field(
        "restart", description="`restart` has a gap of one boot; `blue-green` needs `traefik.dynamic_file`"
    )
    listen: Listen = Field(default_factory=Listen, description="Where the proxy listens")
    ready_timeout_s: Duration = Field(
        120.0, alias="ready_timeout", description="How long a proxy may take from its start to its first answer"
    )
    install_timeout_s: Duration = Field(
        1200.0, alias="install_timeout", description="How long an installation of LiteLLM may take before it is ended"
    )
    drain_timeout_s: Duration = Field(
        600.0, alias="drain_timeout", description="How long the old proxy may finish its streams before it is killed"
    )
    confirm_timeout_s: Duration | None = Field(
        None,
        alias="confirm_timeout",
        description="How long the host waits for a confirmation, from the moment of risk on, before it goes back by "
        "itself. Null: as long as all waits that are still ahead, and 30s",
    )
    config: ConfigName | None = Field(None, description="What `deploy` deploys when no config is named")
    traefik: Traefik | None = Field(None, description="The way through Traefik; null where there is none")
    ollama: Ollama | None = Field(None, description="The Ollama behind the proxy; null where there is none")


class Embedded(Part):
    """The embedded host: its address and ports come from the sandbox's state.json."""

    name: str
