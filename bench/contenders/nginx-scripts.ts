import { existsSync } from 'node:fs'
import { ORDER } from '../sandbox/scripts.ts'
import { GREETING, type Work } from '../work.ts'
import type { Contender } from './contender.ts'
import { nginx, nginxConf } from './nginx.ts'
import { handlerOf, type Scripted } from './scripted.ts'

const MODULES = '/usr/lib/nginx/modules'

/** Debian's nginx with njs: one virtual machine of a worker, cloned for each request. */
export const njs: Contender = {
  name: 'nginx + njs',
  missing: () => missing('ngx_http_js_module.so', 'libnginx-mod-http-js'),
  launch: (work, port, dir) => ({
    ...nginx.launch({ kind: 'return' }, port, dir),
    files: {
      'nginx.conf': withModules(
        ['ngx_http_js'],
        nginxConf(
          `  js_path ${dir}; js_import tenant from tenant.js;`,
          '    location / { js_content tenant.answer; }',
          port,
        ),
      ),
      'tenant.js': `${handlerOf(scriptedBy(work))}
function answer(r) {
  const made = handle(r.variables.request_uri, (name) => r.headersIn[name])
  Object.keys(made.headers).forEach((name) => { r.headersOut[name] = made.headers[name] })
  r.return(made.status, made.body)
}
export default { answer }
`,
    },
  }),
}

/** Debian's nginx with LuaJIT: one virtual machine of a worker, shared by all requests. */
export const lua: Contender = {
  name: 'nginx + lua',
  missing: () => missing('ngx_http_lua_module.so', 'libnginx-mod-http-lua lua-cjson'),
  launch: (work, port, dir) => ({
    ...nginx.launch({ kind: 'return' }, port, dir),
    files: {
      'nginx.conf': withModules(
        ['ndk_http', 'ngx_http_lua'],
        nginxConf(
          '',
          `    location / { default_type text/plain; content_by_lua_file ${dir}/tenant.lua; }`,
          port,
        ),
      ),
      'tenant.lua': LUA[scriptedBy(work)],
    },
  }),
}

function withModules(names: readonly string[], configuration: string): string {
  const lines = names.map((name) => `load_module ${MODULES}/${name}_module.so;\n`)
  return lines.join('') + configuration
}

function missing(file: string, packages: string): string | undefined {
  if (existsSync(`${MODULES}/${file}`)) return nginx.missing()
  return `${packages} of Debian is not installed (bench/setup)`
}

function scriptedBy(work: Work): Scripted {
  if (work.kind !== 'script') throw new Error('only scripts are run')
  return work.script
}

const LUA: Readonly<Record<Scripted, string>> = {
  trivial: `ngx.header.content_length = ${GREETING.length}\nngx.print("${GREETING}")\n`,
  json: `local cjson = require "cjson"
local rules = {
  { "^/api/v1/", "users" }, { "^/api/v2/(?:orders|carts)/", "orders" },
  { "^/static/", "cdn" }, { "^/api/v2/", "core" },
}
local headers = ngx.req.get_headers()
local upstream = "default"
for _, rule in ipairs(rules) do
  if ngx.re.find(ngx.var.request_uri, rule[1], "jo") then upstream = rule[2] break end
end
local group = ngx.re.match(headers["cookie"] or "", "(?:^|;\\\\s*)ab=([^;]+)", "jo")
if group and group[1] == "b" then upstream = upstream .. "-canary" end
if string.sub(headers["accept-language"] or "", 1, 2) == "de" then upstream = upstream .. "-eu" end
local order = cjson.decode([[${ORDER}]])
for _, item in ipairs(order.items) do item.total = item.price * item.qty item.secret = nil end
order.upstream = upstream
ngx.header["content-type"] = "application/json"
ngx.header["x-upstream"] = upstream
ngx.header["x-request-id"] = (headers["x-request-id"] or "none") .. "-1"
ngx.print(cjson.encode(order))
`,
}
