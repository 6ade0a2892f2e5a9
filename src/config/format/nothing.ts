import type { ScalarTag } from 'yaml'

/** Nothing at all is not the same as text in quotes that is empty. */
export const NOTHING: ScalarTag = {
  tag: 'tag:yaml.org,2002:null',
  default: true,
  identify: (value) => value === null,
  test: /^$/,
  resolve: () => null,
  stringify: () => '',
}
