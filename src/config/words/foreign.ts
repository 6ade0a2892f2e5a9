import { NGINX_WORDS } from './nginx-words.ts'

type Module = keyof typeof NGINX_WORDS

const NOT_YET = 'the gateway does not have it yet'
const COMMERCIAL = "it is of nginx's commercial edition"
const RUNTIME = 'Node does not give such settings of OpenSSL and sockets'

/** Why words of a module are not here, where another reason than `NOT_YET` is to be told. */
const BY_MODULE: Partial<Record<Module, string>> = {
  ngx_google_perftools_module: 'it is for a library of C++; signal URG asks for heap profiles',
  ngx_http_acme_module: 'it needs a client of ACME, which the gateway does not have yet',
  ngx_http_api_module: COMMERCIAL,
  ngx_http_auth_jwt_module: `${COMMERCIAL}; the example "jwt" is a plugin for it`,
  ngx_http_auth_require_module: COMMERCIAL,
  ngx_http_f4f_module: COMMERCIAL,
  ngx_http_fastcgi_module: 'it needs FastCGI, which the gateway does not have yet',
  ngx_http_geoip_module: 'it needs the data bases of MaxMind, which the gateway does not read',
  ngx_http_grpc_module: 'it needs gRPC, which the gateway does not have yet',
  ngx_http_hls_module: COMMERCIAL,
  ngx_http_js_module: 'it needs njs; write a script or a plugin (guide "From njs")',
  ngx_http_keyval_module: COMMERCIAL,
  ngx_http_oidc_module: COMMERCIAL,
  ngx_http_perl_module: 'it needs Perl; write a script or a plugin',
  ngx_http_scgi_module: 'it needs SCGI, which the gateway does not have yet',
  ngx_http_session_log_module: COMMERCIAL,
  ngx_http_spdy_module: 'SPDY is of the past',
  ngx_http_status_module: `${COMMERCIAL}; stub_status tells some of it`,
  ngx_http_tunnel_module: 'it needs CONNECT, which the gateway does not have yet',
  ngx_http_upstream_conf_module: COMMERCIAL,
  ngx_http_upstream_hc_module: COMMERCIAL,
  ngx_http_uwsgi_module: 'it needs uWSGI, which the gateway does not have yet',
  ngx_http_v2_module: 'it is obsolete in nginx as well, or the gateway does not have it yet',
  ngx_http_v3_module: 'it needs HTTP/3, which the gateway does not have yet',
  ngx_http_xslt_module:
    'there is no library for XSLT that is free, whole and runs on Node 20 (decision 0024)',
  ngx_mail_core_module: 'it needs the proxy for mail, which the gateway does not have yet',
  ngx_mgmt_module: COMMERCIAL,
  ngx_otel_module: 'it needs OpenTelemetry, which the gateway does not have yet',
  ngx_stream_core_module: 'it needs the proxy for TCP and UDP, which the gateway does not have yet',
}

/** The same for single words, the first that fits. */
const BY_NAME: readonly (readonly [name: RegExp, why: string])[] = [
  [/^load_module$/, 'modules of nginx are machine code; the gateway has plugins'],
  [
    /^(proxy|fastcgi|uwsgi|scgi)_(cache|no_cache|store)/,
    'it needs the cache, which the gateway does not have yet',
  ],
  [
    /_(conf_command|key_log|early_data|ech_file|engine)$|^ssl_(stapling|ocsp)|_verify_depth$/,
    RUNTIME,
  ],
  [/^ssl$/, 'it is gone from nginx as well: write "listen 443 ssl"'],
  [/^mp4_limit_rate(_after)?$/, COMMERCIAL],
  [/^limit_zone$/, 'it is gone from nginx as well: write limit_conn_zone'],
  [
    /^(state|ntlm|queue|stall_threshold|proxy_(allow_upstream|request_dynamic|bind_dynamic))$/,
    COMMERCIAL,
  ],
]

/** The modules of nginx by word; the first of those that share it (`resolver`). */
const MODULES = new Map<string, Module>()
for (const [module, words] of Object.entries(NGINX_WORDS) as [Module, string][]) {
  for (const word of words.trim().split(/\s+/)) {
    if (!MODULES.has(word)) MODULES.set(word, module)
  }
}

/** Why a word of nginx is not here; undefined for one that nginx does not have either. */
export function whyNotHere(word: string): string | undefined {
  const module = MODULES.get(word)
  if (!module) return undefined
  return BY_NAME.find(([name]) => name.test(word))?.[1] ?? BY_MODULE[module] ?? NOT_YET
}

/** Every word of nginx with its module, in the order of modules. */
export function nginxWords(): ReadonlyMap<string, string> {
  return MODULES
}
