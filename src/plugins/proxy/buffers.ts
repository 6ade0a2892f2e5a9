import type { ForwardOptions, Place } from 'gateway/plugin'
import type { ProxyConfig } from './forwarding.ts'

/** Where and how far a response waits for a slow client. */
export function spooling(config: ProxyConfig, place: Place): ForwardOptions<unknown>['spooling'] {
  const { count, size } = config.proxy_buffers
  return {
    memory: count * size,
    piece: config.proxy_busy_buffers_size,
    fileLimit: config.proxy_max_temp_file_size,
    folder: place.tempFolder(config.proxy_temp_path),
  }
}

/** Refuses sizes that do not go together, as nginx does, where they are written. */
export function checkBuffers(config: ProxyConfig, place: Place): void {
  const { count, size } = config.proxy_buffers
  const largest = Math.max(config.proxy_buffer_size, size)
  if (count < 2) refuse('proxy_buffers', 'there must be at least 2 "proxy_buffers"')
  for (const [name, exempt] of [
    ['proxy_busy_buffers_size', ''],
    ['proxy_temp_file_write_size', ''],
    ['proxy_max_temp_file_size', 'equal to zero to disable temporary files usage or must be '],
  ] as const) {
    if (config[name] >= largest || (exempt && config[name] === 0)) continue
    refuse(
      name,
      `"${name}" must be ${exempt}equal to or greater than the maximum of the value of "proxy_buffer_size" and one of the "proxy_buffers"`,
    )
  }
  if (config.proxy_busy_buffers_size > (count - 1) * size) {
    refuse(
      'proxy_busy_buffers_size',
      '"proxy_busy_buffers_size" must be less than the size of all "proxy_buffers" minus one buffer',
    )
  }

  function refuse(name: string, text: string): void {
    if (place.configured(name)) place.fail(text, place.markOf(name))
  }
}
