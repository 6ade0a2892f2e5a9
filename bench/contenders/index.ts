import type { Contender, ContenderName } from './contender.ts'
import { gateway, gatewayReturn } from './gateway.ts'
import { haproxy } from './haproxy.ts'
import { nginx } from './nginx.ts'
import { lua, njs } from './nginx-scripts.ts'
import { nodeProxy } from './node-proxy.ts'
import { nodeScript } from './node-script.ts'
import { workerd } from './workerd.ts'

/** Every server that can be compared, by name. */
export const contenders: Readonly<Record<ContenderName, Contender>> = {
  gateway,
  nginx,
  haproxy,
  '@fastify/http-proxy': nodeProxy('@fastify/http-proxy', 'fastify.mjs'),
  'http-proxy': nodeProxy('http-proxy', 'http-proxy.mjs'),
  httpxy: nodeProxy('httpxy', 'httpxy.mjs'),
  'gateway, return': gatewayReturn,
  'nginx + njs': njs,
  'nginx + lua': lua,
  workerd,
  'isolated-vm': nodeScript('isolated-vm', 'isolated-vm.mjs', 'isolated-vm@5.0.4'),
  'quickjs-emscripten': nodeScript('quickjs-emscripten', 'quickjs-emscripten.mjs'),
}
