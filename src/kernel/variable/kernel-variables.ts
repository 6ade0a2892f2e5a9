import { connectionVariables } from './connection-variables.ts'
import { requestVariables } from './request-variables.ts'
import { responseVariables } from './response-variables.ts'
import type { Variable } from './variable.ts'

/** The variables the kernel itself has, by name without the dollar sign. */
export const kernelVariables: Readonly<Record<string, Variable>> = {
  ...requestVariables,
  ...connectionVariables,
  ...responseVariables,
}
