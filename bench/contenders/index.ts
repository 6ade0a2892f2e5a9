import type { Contender, ContenderName } from './contender.ts'
import { gateway } from './gateway.ts'
import { haproxy } from './haproxy.ts'
import { nginx } from './nginx.ts'
import { nodeProxy } from './node-proxy.ts'

/** Every server that can be compared, by name. */
export const contenders: Readonly<Record<ContenderName, Contender>> = {
  gateway,
  nginx,
  haproxy,
  '@fastify/http-proxy': nodeProxy('@fastify/http-proxy', 'fastify.mjs'),
  'http-proxy': nodeProxy('http-proxy', 'http-proxy.mjs'),
  httpxy: nodeProxy('httpxy', 'httpxy.mjs'),
}
