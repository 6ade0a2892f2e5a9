import type { AnyPlugin, ConfigOf, Directives, Plugin } from 'gateway/plugin'
import { ADAPTER, type Channel } from '../../../../../sandbox/border/adapter.ts'
import { connect } from './channel.ts'
import { enterFor } from './enter.ts'

/** As natively, and gives the record what stands for it at the host. */
export function definePlugin<const D extends Directives, P = ConfigOf<D>>(
  plugin: Plugin<D, P>,
): Plugin<D, P> {
  Object.defineProperty(plugin, Symbol.for(ADAPTER), {
    value: (channel: Channel) => {
      connect(channel)
      return enterFor(plugin as AnyPlugin)
    },
  })
  return plugin
}
