// @fastify/http-proxy as its README configures it: PORT ORIGIN_PORT
import proxy from '@fastify/http-proxy'
import fastify from 'fastify'

const [, , port, origin] = process.argv
const server = fastify({ keepAliveTimeout: 600_000, bodyLimit: 2 ** 40 })
server.register(proxy, {
  upstream: `http://127.0.0.1:${origin}`,
  undici: { connections: 128, pipelining: 1, keepAliveTimeout: 60_000 },
})
await server.listen({ port: Number(port), host: '127.0.0.1', backlog: 4096 })
