"""Names that LiteLLM 1.108.7 knows. Made by tests/litellm/known_lists.py from the installed package."""

# ruff: noqa: SIM905 - one name a line would be 1,300 lines

VERSION = "1.108.7"
PROVIDERS = frozenset(
    """
    a2a a2a_agent ai21 ai21_chat aiml aiohttp_openai amazon_nova anthropic anthropic_text apertis assemblyai
    auto_router aws_polly aws_textract azure azure_ai azure_speech azure_text baseten bedrock bedrock_mantle
    bespoke black_forest_labs bytez cerebras charity_engine chatgpt chutes clarifai cloudflare codestral
    cognition cohere cohere_chat cometapi compactifai coralbricks cortecs cursor custom custom_openai
    darkbloom dashscope databricks databricks_agent datarobot deepgram deepinfra deepseek docker_model_runner
    dotprompt edenai elevenlabs empower fal_ai featherless_ai fireworks_ai friendliai galadriel gdc gemini
    gigachat github github_copilot gradient_ai groq helicone heroku hosted_vllm huggingface humanloop
    hyperbolic inception inferenceapis infinity jina_ai lambda_ai langflow langfuse langgraph laya lemonade
    libertai litellm_agent litellm_proxy llamafile lm_studio manus maritalk meta meta_llama
    microsoft_365_copilot milvus minimax mistral modelscope mongodb moonshot morph nadir nano-gpt nebius
    neosantara nlp_cloud novita nscale nvidia_nim nvidia_riva oci ollama ollama_chat oobabooga openai
    openai_like openrouter ovhcloud parasail perplexity petals pg_vector pinstripes poe predibase prism
    publicai qwen_ai_platform qwencloud ragflow recraft reducto reka replicate runwayml s3_vectors sagemaker
    sagemaker_chat sagemaker_nova sail sambanova sap scaledown scaleway scx-ai snowflake soniox stability
    strands_decider synthetic tencent tensormesh text-completion-codestral text-completion-inception
    text-completion-openai together_ai topaz transcribe triton typesafe v0 valkey vercel_ai_gateway vertex_ai
    vertex_ai_beta vllm volcengine voyage wandb watsonx watsonx_text xai xiaomi_mimo xinference zai
    """.split()
)
BARE_MODELS = frozenset(
    """
    babbage-002 chat-latest chatgpt-image-latest claude-fable-5 claude-fable-5-1 claude-haiku-4-5
    claude-haiku-4-5-20251001 claude-haiku-5-5 claude-mythos-5 claude-mythos-5-1 claude-mythos-preview
    claude-opus-4-5 claude-opus-4-5-20251101 claude-opus-4-6 claude-opus-4-6-20260205 claude-opus-4-7
    claude-opus-4-7-20260416 claude-opus-4-8 claude-opus-5 claude-opus-5-5 claude-sonnet-4-5
    claude-sonnet-4-5-20250929 claude-sonnet-4-6 claude-sonnet-5 claude-sonnet-5-5 computer-use-preview
    computer-use-preview-2025-03-11 davinci-002 daybreak-blue-latest daybreak-red-latest gpt-3.5-turbo
    gpt-3.5-turbo-0125 gpt-3.5-turbo-1106 gpt-3.5-turbo-16k gpt-3.5-turbo-instruct gpt-3.5-turbo-instruct-0914
    gpt-4 gpt-4-0613 gpt-4-1106-preview gpt-4-turbo gpt-4-turbo-2024-04-09 gpt-4.1 gpt-4.1-2025-04-14
    gpt-4.1-mini gpt-4.1-mini-2025-04-14 gpt-4.1-nano gpt-4.1-nano-2025-04-14 gpt-4o gpt-4o-2024-05-13
    gpt-4o-2024-08-06 gpt-4o-2024-11-20 gpt-4o-audio-preview-2024-12-17 gpt-4o-audio-preview-2025-06-03
    gpt-4o-mini gpt-4o-mini-2024-07-18 gpt-4o-mini-audio-preview-2024-12-17
    gpt-4o-mini-realtime-preview-2024-12-17 gpt-4o-mini-search-preview gpt-4o-mini-search-preview-2025-03-11
    gpt-4o-mini-transcribe gpt-4o-mini-transcribe-2025-03-20 gpt-4o-mini-transcribe-2025-12-15 gpt-4o-mini-tts
    gpt-4o-mini-tts-2025-03-20 gpt-4o-mini-tts-2025-12-15 gpt-4o-search-preview
    gpt-4o-search-preview-2025-03-11 gpt-4o-transcribe gpt-4o-transcribe-diarize gpt-5 gpt-5-2025-08-07
    gpt-5-chat gpt-5-chat-latest gpt-5-codex gpt-5-mini gpt-5-mini-2025-08-07 gpt-5-nano gpt-5-nano-2025-08-07
    gpt-5-pro gpt-5-pro-2025-10-06 gpt-5-search-api gpt-5-search-api-2025-10-14 gpt-5.1 gpt-5.1-2025-11-13
    gpt-5.1-chat-latest gpt-5.1-codex gpt-5.1-codex-max gpt-5.1-codex-mini gpt-5.2 gpt-5.2-2025-12-11
    gpt-5.2-chat-latest gpt-5.2-codex gpt-5.2-pro gpt-5.2-pro-2025-12-11 gpt-5.3-chat-latest gpt-5.3-codex
    gpt-5.4 gpt-5.4-2026-03-05 gpt-5.4-mini gpt-5.4-mini-2026-03-17 gpt-5.4-nano gpt-5.4-nano-2026-03-17
    gpt-5.4-pro gpt-5.4-pro-2026-03-05 gpt-5.5 gpt-5.5-2026-04-23 gpt-5.5-cyber gpt-5.5-cyber-preview
    gpt-5.5-pro gpt-5.5-pro-2026-04-23 gpt-5.6 gpt-5.6-cyber gpt-5.6-luna gpt-5.6-sol gpt-5.6-terra
    gpt-6-astra gpt-6-luna gpt-6-sol gpt-6.1-sol gpt-audio gpt-audio-1.5 gpt-audio-2025-08-28 gpt-audio-mini
    gpt-audio-mini-2025-10-06 gpt-audio-mini-2025-12-15 gpt-daybreak-blue-latest gpt-daybreak-red-latest
    gpt-image-1 gpt-image-1-mini gpt-image-1.5 gpt-image-1.5-2025-12-16 gpt-image-2 gpt-image-2-2026-04-21
    gpt-image-2.5-flare gpt-image-2.5-flare-2026-09-08 gpt-image-2.5-sunburst
    gpt-image-2.5-sunburst-2026-09-08 gpt-live-1 gpt-live-transcribe gpt-realtime gpt-realtime-1.5
    gpt-realtime-2 gpt-realtime-2.1 gpt-realtime-2.1-mini gpt-realtime-2025-08-28 gpt-realtime-mini
    gpt-realtime-mini-2025-12-15 gpt-realtime-translate gpt-realtime-whisper gpt-rosalind-discovery
    gpt-rosalind-research gpt-transcribe o1 o1-2024-12-17 o1-pro o1-pro-2025-03-19 o3 o3-2025-04-16
    o3-deep-research o3-deep-research-2025-06-26 o3-mini o3-mini-2025-01-31 o3-pro o3-pro-2025-06-10 o4-mini
    o4-mini-2025-04-16 o4-mini-deep-research o4-mini-deep-research-2025-06-26 omni-moderation-2024-09-26
    omni-moderation-latest sora-2 sora-2-pro sora-2-pro-high-res text-embedding-3-large text-embedding-3-small
    text-embedding-ada-002 text-embedding-ada-002-v2 tts-1 tts-1-1106 tts-1-hd tts-1-hd-1106 whisper-1
    """.split()
)
TOP_LEVEL = frozenset(
    """
    agent_list agents assistant_settings callback_settings credential_list default_vertex_config
    environment_variables files_settings finetune_settings general_settings guardrails include
    litellm_settings mcp_servers mcp_tools model_list policies policy_attachments prompts router_settings
    sandbox_tools search_tools vector_store_registry worker_registry
    """.split()
)
GENERAL_SETTINGS = frozenset(
    """
    admin_only_routes admission_queue_timeout_seconds agent_access_default_deny alert_to_webhook_url
    alert_type_config alert_types alerting alerting_args alerting_threshold
    allow_cli_sso_verification_uri_complete allow_client_side_credentials
    allow_public_health_readiness_details allow_requests_on_db_unavailable allow_unmanaged_response_ids
    allow_user_auth allowed_file_extensions allowed_ips allowed_routes always_include_stream_usage
    apply_user_budget_to_team_keys auto_redirect_ui_login_to_sso background_health_check_model_groups
    background_health_checks blocked_file_extensions cancel_on_disconnect claude_code_gateway_managed_settings
    completion_model control_plane_url coordination_redis custom_auth custom_auth_run_common_checks
    custom_key_generate custom_key_policy custom_key_update custom_sso custom_team_metadata_validate
    custom_ui_sso_sign_in_handler dangerously_permit_weak_or_unset_master_key database_args
    database_connect_timeout database_connection_pool_limit database_connection_pool_timeout
    database_connection_timeout database_disable_prepared_statements database_extra_connection_params
    database_max_idle_connection_lifetime database_socket_timeout database_type database_url
    default_team_disabled disable_auto_add_proxy_admin_to_teams disable_batch_input_file_rate_limiting
    disable_bedrock_agent_runtime_passthrough disable_budget_reservation disable_custom_api_keys
    disable_env_credential_login disable_error_logs disable_fallbacks_on_per_model_rate_limits
    disable_key_generate_for_org_admin disable_master_key_return disable_model_info_refresh
    disable_password_login_when_sso_enabled disable_prisma_schema_update disable_requester_ip_address_logging
    disable_reset_budget disable_responses_id_security disable_retry_on_max_parallel_request_limit_error
    disable_spend_logs disable_spend_updates drain_endpoint_token enable_claude_code_gateway
    enable_drain_endpoint enable_health_check_routing enable_jwt_auth enable_mcp_registry enable_oauth2_auth
    enable_oauth2_proxy_auth enable_openai_websocket_passthrough enable_public_model_hub
    enforce_fallback_model_access enforce_rbac enforce_user_param enforced_params
    expose_fallback_errors_to_caller fail_closed_budget_enforcement fail_closed_rate_limit_enforcement
    failed_login_block_seconds failed_login_window_seconds forward_client_headers_to_llm_api
    forward_llm_provider_auth_headers forward_openai_org_id global_max_parallel_requests
    health_check_concurrency health_check_details health_check_ignore_transient_errors health_check_interval
    health_check_skip_disabled_background_models health_check_staleness_threshold
    hide_default_credentials_hint include_call_id_in_error_body infer_model_from_keys key_management_settings
    key_management_system litellm_jwtauth litellm_key_header_name litellm_license master_key
    max_batch_file_records max_batch_file_size_mb max_batch_file_uploads_per_day
    max_failed_login_attempts_per_source max_failed_login_attempts_per_source_overrides
    max_file_downloads_per_minute max_file_size_mb max_in_flight_requests_per_worker max_parallel_requests
    max_queued_requests_per_worker max_request_size_mb max_response_size_mb
    maximum_autorouter_session_retention_period maximum_daily_tag_spend_retention_period
    maximum_health_check_retention_period maximum_spend_logs_cleanup_batch_size
    maximum_spend_logs_cleanup_batch_timeout maximum_spend_logs_cleanup_cron
    maximum_spend_logs_cleanup_max_batches maximum_spend_logs_cleanup_run_budget
    maximum_spend_logs_retention_interval maximum_spend_logs_retention_period mcp_advertised_versions
    mcp_allow_all_keys_respects_mcp_scope mcp_allowed_clients mcp_client_id_header
    mcp_client_side_auth_header_name mcp_disabled_capabilities mcp_internal_ip_ranges
    mcp_prefer_client_id_metadata_document mcp_require_explicit_server_scope mcp_required_fields
    mcp_session_token_signing mcp_trusted_proxy_ranges mcp_xff_num_trusted_hops missing_session_id
    model_list_healthy_only oauth2_config_mappings otel pass_through_endpoints pass_through_request_timeout
    passthrough_managed_object_ids password_policy_check_breached_passwords password_policy_min_length
    password_policy_require_lowercase password_policy_require_numbers
    password_policy_require_special_characters password_policy_require_uppercase plugins
    provider_url_destination_allowed_hosts proxy_batch_polling_interval proxy_batch_write_at
    proxy_budget_rescheduler_max_time proxy_budget_rescheduler_min_time proxy_config_reload_interval_seconds
    public_routes reject_clientside_metadata_tags require_end_user_mcp_access_defined
    require_key_mcp_access_defined responses_websocket_session_limit_seconds role_permissions
    scheduled_job_stagger search_tool_deny_by_default search_tools service_account_settings
    skip_batch_input_file_rate_limiting_for_models skip_batch_input_file_rate_limiting_for_providers
    spend_capture_rate_check spend_logs_metadata_fields spend_report_frequency store_model_in_db
    store_prompts_in_spend_logs supported_db_objects team_metadata_schema
    team_metadata_validation_error_message team_metadata_validation_timeout token_rate_limit_type tracing
    transcribe_media_buckets trusted_proxy_ranges ui_access_mode use_azure_key_vault use_google_kms
    use_redis_transaction_buffer use_shared_health_check use_spend_logs_partitioning
    use_team_public_model_name use_x_forwarded_for user_api_key_cache_max_size user_api_key_cache_ttl
    user_header_mappings user_header_name user_mcp_management_mode user_url_allowed_hosts user_url_validation
    vector_store_deny_by_default
    """.split()
)
LITELLM_SETTINGS = frozenset(
    """
    aclient_session adapters add_function_to_prompt add_user_information_to_llm_headers
    agent_search_embedding_model aiohttp_trust_env allow_dynamic_callback_disabling allowed_fails annotations
    anthropic_beta_headers_url anthropic_prompt_caching_ttl anthropic_sse_ping_interval_seconds api_base
    api_version apply_search_free_tier argilla_batch_size argilla_transformation_object audit_log_callbacks
    autorouter_presets_url aws_sqs_callback_params azure_assistants_api azure_content_safety_params azure_llms
    banned_keywords_list batch_line_item_callbacks bedrock_image_edit bedrock_image_generation
    bedrock_neutralize_orphaned_tool_blocks bedrock_request_metadata_fields bedrock_rerank bfl_image_edit
    bfl_image_generation block_requests_for_models_without_pricing blocked_user_list blog_posts_url
    budget_duration budget_exceeded_status_code budget_exceeded_throttle_percentage budget_rollover cache
    cache_params callback_settings callbacks check_provider_endpoint client_session cold_storage_custom_logger
    common_cloud_provider_auth_params config_path content_policy_fallbacks context_window_fallbacks
    credential_list custom_prometheus_metadata_labels custom_prometheus_tags custom_prompt_dict
    custom_provider_map datadog_llm_observability_params datadog_params datadog_use_v1 default_fallbacks
    default_in_memory_ttl default_internal_user_params default_key_generate_params
    default_key_max_budget_alert_emails default_max_internal_user_budget default_redis_batch_cache_expiry
    default_redis_ttl default_soft_budget default_team_params default_team_settings
    disable_add_prefix_to_prompt disable_add_transform_inline_image_block
    disable_add_user_agent_to_request_tags disable_aiohttp_transport disable_aiohttp_trust_env
    disable_anthropic_gemini_context_caching_transform disable_copilot_system_to_assistant
    disable_hf_tokenizer_download disable_stop_sequence_limit disable_streaming_logging disable_token_counter
    drop_params dynamodb_table_name email enable_anthropic_prompt_caching enable_azure_ad_token_refresh
    enable_caching_on_provider_specific_optional_params enable_gemini_default_thinking_level_low
    enable_json_schema_validation enable_key_alias_format_validation enable_loadbalancing_on_batch_endpoints
    enable_model_config_credential_overrides enable_preview_features enable_redis_auth_cache error_logs
    expose_router_debug_in_errors extra_spend_tag_headers failure_callback fallbacks filter_invalid_headers
    force_ipv4 force_redis_hash_tag_grouping forward_traceparent_to_llm_provider gcs_pub_sub_use_v1
    gdc_api_base gemini_include_thoughts_default gemini_live_defer_setup generic_api_use_v1
    generic_logger_headers global_bitbucket_config global_disable_no_log_param global_gitlab_config
    google_moderation_confidence_threshold guardrail_name_config_map headers http2 huggingface_embed
    in_memory_llm_clients_cache initialized_langfuse_clients input_callback internal_user_budget_duration
    json_logs key_alias_pattern key_generation_settings known_tokenizer_config langfuse_default_tags
    langfuse_enable_update_trace_keys langsmith_batch_size litellm_mode llamaguard_model_name
    llamaguard_unsafe_content_categories llm_guard_mode log_auth_failure_key_identity
    log_client_error_tracebacks log_level log_raw_request_response logged_real_time_event_types logging
    longer_context_model_fallback_dict max_budget max_end_user_budget max_end_user_budget_id max_fallbacks
    max_internal_user_budget max_tokens max_ui_session_budget max_user_budget mcp_aliases
    mcp_semantic_tool_filter mcp_tool_search model_alias_map model_fallbacks model_group_settings model_list
    model_list_set models_by_provider modify_params network_mock newrelic_params num_retries
    num_retries_per_request openai_assistants_api openai_compatible_endpoints openai_compatible_providers
    openai_image_variations openai_moderations_model_name openai_system_messages_first
    openai_text_completion_compatible_providers organization otel_tenant_destination_mode output_parse_pii
    overwrite_user_with_key_hash personal_key_model_access_from_teams pointfive_params post_call_rules
    pre_call_rules predibase_tenant_id presidio_ad_hoc_recognizers presidio_logging_only priority_reservation
    project prometheus_deployment_and_latency_caller_identity prometheus_emit_input_sequence_length_label
    prometheus_emit_rate_limit_labels prometheus_emit_stream_label
    prometheus_end_user_metrics_cleanup_interval_seconds prometheus_end_user_metrics_max_series_per_metric
    prometheus_end_user_metrics_ttl_seconds prometheus_exclude_labels prometheus_exclude_metrics
    prometheus_initialize_budget_metrics prometheus_latency_buckets
    prometheus_metrics_cleanup_interval_seconds prometheus_metrics_config
    prometheus_metrics_max_series_per_metric prometheus_metrics_ttl_seconds
    prometheus_user_budget_label_include_email_alias prompt_injection_params prompt_name_config_map
    provider_list provider_url_destination_allowed_hosts proxy_auth public_agent_groups
    public_mcp_hub_strict_whitelist public_mcp_servers public_model_groups public_model_groups_links
    public_skills_index reasoning_auto_summary redact_messages_in_exceptions redact_user_api_key_info
    request_correlation_in_logs request_timeout request_timeout_explicitly_set
    require_auth_for_metrics_endpoint require_managed_files responses retry return_response_headers
    route_all_chat_openai_to_responses s3_audit_callback_params s3_callback_params safe_memory_mode
    sagemaker_llm sap_gen_ai_hub_emb scim_admin_group scim_upsert_user secret_manager_client service_callback
    set_verbose skill_search_embedding_model skip_system_message_in_guardrail skip_tool_message_in_guardrail
    sse_keepalive_ping_interval_seconds ssl_certificate ssl_ecdh_curve ssl_security_level ssl_verify
    standard_logging_payload_excluded_fields store_audit_logs strip_anthropic_total_tokens success_callback
    suppress_debug_info tag_budget_config together_rerank token tracer turn_off_message_logging
    upperbound_key_generate_params use_aiohttp_transport use_chat_completions_url_for_anthropic_messages
    use_client use_litellm_proxy user_url_allowed_hosts user_url_validation validate_end_user_id_in_db
    vector_store_index_registry vector_store_registry vector_store_search_failure_mode verbose_logger
    vertex_ai_safety_settings vertex_image_generation vertex_location vertex_project
    websearch_interception_params zerobus_params
    """.split()
)
ROUTER_SETTINGS = frozenset(
    """
    alerting_config allowed_fails allowed_fails_policy assistants_config auto_router_capability_limit
    background_health_check_model_groups cache_kwargs cache_responses caching_groups client_ttl
    content_policy_fallbacks context_window_fallbacks cooldown_time debug_level default_fallbacks
    default_litellm_params default_max_parallel_requests default_priority deployment_affinity_ttl_seconds
    disable_cooldowns enable_health_check_routing enable_pre_call_checks enable_tag_filtering
    enable_weighted_failover fallback_access_check fallback_budget_check fallback_on_unsupported_params
    fallbacks guardrail_list health_check_ignore_transient_errors health_check_staleness_threshold
    ignore_invalid_deployments max_fallbacks max_retries model_group_affinity_config model_group_alias
    model_group_retry_policy num_retries optional_pre_call_checks plugins polling_interval
    provider_budget_config redis_db redis_host redis_password redis_port redis_url retry_after retry_policy
    router_general_settings routing_groups routing_strategy routing_strategy_args search_tools set_verbose
    stream_timeout tag_filtering_match_any tag_routing_prefix timeout weights
    """.split()
)
LITELLM_PARAMS = frozenset(
    """
    acompletion adaptive_router_config adaptive_router_default_model additional_drop_params aembedding
    aimg_generation allm_passthrough_route allow_client_keepalive_override allowed_model_region
    allowed_openai_params anthropic_disable_workload_identity_federation anthropic_federation_rule_id
    anthropic_federation_workspace_id anthropic_identity_source anthropic_identity_token
    anthropic_identity_token_file anthropic_issuer_audience anthropic_issuer_signing_key_ref
    anthropic_issuer_subject anthropic_issuer_ttl_seconds anthropic_issuer_url anthropic_keycloak_auth_method
    anthropic_keycloak_client_id anthropic_keycloak_client_secret_ref anthropic_keycloak_scope
    anthropic_keycloak_token_url anthropic_organization_id anthropic_service_account_id api_base api_key
    api_version arize_api_key arize_error_sampling_rate arize_otlp_protocol arize_space_id arize_space_key
    arize_success_sampling_rate assistant_continue_message async_call atext_completion attempted_targets audio
    auto_router_config auto_router_config_path auto_router_default_model auto_router_embedding_model
    auto_router_max_input_chars auto_router_model_compression auto_router_routing_compression
    aws_access_key_id aws_batch_role_arn aws_bedrock_project_id aws_bedrock_runtime_endpoint aws_external_id
    aws_profile_name aws_region_name aws_role_name aws_secret_access_key aws_session_name aws_session_tags
    aws_session_token aws_sts_endpoint aws_web_identity_token azure azure_ad_token azure_ad_token_provider
    azure_password azure_scope azure_username base_model bedrock_tags bos_token bucket_name budget_duration
    cache cache_key caching caching_groups client client_id client_secret client_side_timeout
    complete_response completion_call_id complexity_router_config complexity_router_default_model
    configurable_clientside_auth_params context_management context_window_fallback_dict cooldown_time
    custom_llm_provider custom_prompt_dict data_residency dd_agent_host dd_agent_port dd_api_key dd_site
    default_api_key_rpm_limit default_api_key_tpm_limit disable_add_transform_inline_image_block drop_params
    enable_json_schema_validation enable_prompt_caching enable_tag_filtering ensure_alternating_roles
    eos_token extra_headers fallback_depth fallbacks fastest_response final_prompt_value
    fireworks_forward_user_id force_timeout frequency_penalty function_call functions gcs_bucket_name
    gcs_path_service_account github_copilot_auth_type github_copilot_user_session guardrails headers
    hf_model_name humanloop_api_key id include_server_side_tool_invocations itpm keepalive_seconds
    langfuse_environment langfuse_host langfuse_prompt_version langfuse_public_key langfuse_secret
    langfuse_secret_key langfuse_span_scope langsmith_api_key langsmith_base_url langsmith_project
    langsmith_sampling_rate langsmith_tenant_id litellm_call_id litellm_credential_name
    litellm_disabled_callbacks litellm_logging_obj litellm_metadata litellm_request_debug litellm_session_id
    litellm_system_prompt litellm_trace_id litellm_trusted_callback_vars log_client_error_tracebacks logger_fn
    logit_bias logprobs max_agentic_loops max_budget max_completion_tokens max_fallbacks max_file_size_mb
    max_parallel_requests max_retries max_tokens merge_reasoning_content_in_choices messages metadata
    milvus_db_name milvus_partition_names milvus_text_field mock_response mock_timeout modalities model
    model_alias_map model_config model_file_id_mapping model_info model_list n newrelic_api_key
    newrelic_region no-log num_retries openai_identity_provider_id openai_identity_token_file
    openai_service_account_id order organization otpm output_vector_size parallel_tool_calls posthog_api_key
    posthog_api_url prediction presence_penalty preset_cache_key prompt_cache_key prompt_cache_retention
    prompt_environment prompt_id prompt_label prompt_variables prompt_version provider_affinity_header
    provider_specific_header proxy_server_request quality_router_config quality_router_default_model
    reasoning_effort region_name regional_endpoint_uplift_multiplier regional_processing_uplift_multiplier_eu
    regional_processing_uplift_multiplier_us request_timeout response_format retry_policy retry_strategy roles
    routing_strategy rpm rust s3_access_key_id s3_bucket_name s3_bucket_owner s3_encryption_key_id
    s3_endpoint_url s3_output_bucket_name s3_region_name s3_secret_access_key safety_identifier
    search_tool_name secret_fields seed self service_tier shared_session signoz_ingestion_endpoint
    signoz_ingestion_key silent_model ssl_verify stop store stream stream_chunk_size stream_options
    stream_response stream_timeout stream_timeout_by_service_tier tag_regex tags temperature tenant_id
    text_completion thinking tiered_pricing timeout timeout_by_service_tier token_exchange_audience
    token_exchange_endpoint token_exchange_profile token_exchange_scope tool_choice tools top_logprobs top_p
    tpm ttl turn_off_message_logging use_chat_completions_api use_client use_in_pass_through use_litellm_proxy
    use_xai_oauth user user_continue_message valkey_embedding_field valkey_host valkey_password valkey_port
    valkey_ssl valkey_text_field vector_store_id verbose verbosity vertex_credentials vertex_location
    vertex_project wandb_api_key watsonx_region_name weave_project_id web_search_options weight
    """.split()
)
MODEL_INFO = frozenset(
    """
    access_groups access_via_team_ids access_windows allow_fail_open base_model
    bedrock_converse_supports_strict_tools bedrock_output_config_effort_ceiling blocked created_at created_by
    custom_tokenizer db_model default_reasoning_effort deprecation_date description discoverable display_name
    enable_tag_filtering health_check_max_tokens health_check_max_tokens_non_reasoning
    health_check_max_tokens_reasoning health_check_model health_check_params health_check_reasoning_effort
    health_check_supports_max_tokens health_check_timeout health_check_voice id internal_router_model itpm key
    litellm_provider max_input_tokens max_output_tokens max_tokens member_auto_router mode model_id model_name
    off_peak_pricing original_model_id otpm output_vector_size prompt_cache_min_tokens provider_specific_entry
    ptu_count ptu_effective_from ptu_effective_to ptu_shares reasoning_effort_levels
    regional_endpoint_uplift_multiplier regional_processing_uplift_multiplier_eu
    regional_processing_uplift_multiplier_us rpm search_free_requests successor_model supported_audio_formats
    supported_endpoints supported_environments supported_openai_params team_id team_public_model_name
    thinking_always_on tier tiered_pricing token_count_framing token_count_model token_count_tokenizer tpm
    updated_at updated_by use_openai_responses_path uses_embed_content vertex_ai_audio_api
    web_search_billing_unit
    """.split()
)
