import { GATEWAY_FIELDS } from '../border/gateway-fields.ts'
import { RequestOp } from '../border/ops.ts'
import { host } from './host.ts'

/** `request.gateway`: each field is asked of the host when it is read. */
export class Gateway {}

for (const field of GATEWAY_FIELDS) {
  Object.defineProperty(Gateway.prototype, field, {
    get: () => host(RequestOp.gateway, field),
    enumerable: true,
  })
}
