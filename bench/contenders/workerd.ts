import type { Contender } from './contender.ts'
import { benchRequire, installPackage } from './packages.ts'
import { moduleOf } from './scripted.ts'

/** Cloudflare's workerd, one isolate for all requests. */
export const workerd: Contender = {
  name: 'workerd',
  missing: () => installPackage('workerd', 'workerd@1.20261117.1'),
  launch: (work, port) => {
    if (work.kind !== 'script') throw new Error('workerd only runs scripts')
    return {
      command: benchRequire('workerd').default as string,
      args: ['serve', 'config.capnp'],
      files: { 'config.capnp': configuration(port), 'tenant.js': moduleOf(work.script) },
    }
  },
}

function configuration(port: number): string {
  return `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [(name = "tenant", worker = .tenant)],
  sockets = [(name = "http", address = "127.0.0.1:${port}", http = (), service = "tenant")],
);
const tenant :Workerd.Worker = (
  modules = [(name = "tenant.js", esModule = embed "tenant.js")],
  compatibilityDate = "2024-01-01",
);
`
}
