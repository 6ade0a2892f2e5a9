import type { Level } from '../base/level.ts'
import type { Connection } from './connection.ts'

/** Writes a line about a connection that is within no request. */
export function logConnection(connection: Connection, text: string, level: Level = 'info'): void {
  const { address, plan, serial, settings } = connection
  settings.error_log.write(level, text, {
    connection: serial,
    client: address,
    server: plan.listen.key,
  })
}
