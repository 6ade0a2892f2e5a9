import mime from 'mime-types'
import { types } from '../kernel/settings/types.ts'

/** `types` of a configuration in YAML: where it is not written, every registered type counts. */
export const fullTypes: typeof types = {
  ...types,
  initial: new Map(Object.entries(mime.types)),
}
