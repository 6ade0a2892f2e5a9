// http-proxy with a keep-alive agent: PORT ORIGIN_PORT
import http from 'node:http'
import httpProxy from 'http-proxy'

const [, , port, origin] = process.argv
const agent = new http.Agent({ keepAlive: true, maxSockets: 128 })
const proxy = httpProxy.createProxyServer({ target: `http://127.0.0.1:${origin}`, agent })
proxy.on('error', (_, __, res) => res.writeHead?.(502).end())
const server = http.createServer((req, res) => proxy.web(req, res))
server.keepAliveTimeout = 600_000
server.listen(Number(port), '127.0.0.1', 4096)
