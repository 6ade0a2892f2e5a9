/** What a name in `env` stands for, as the host tells it when a script is loaded. */
export type Binding =
  /** Something to fetch from, by its number at the host; 0 is what `egress` allows. */
  | { readonly kind: 'fetcher'; readonly fetcher: number }
  /** A namespace of the store, by its number at the host. */
  | { readonly kind: 'kv'; readonly namespace: number }
  /** A secret or a plain value. */
  | { readonly kind: 'value'; readonly value: unknown }

/** All of `env`, by name. */
export type Bindings = Readonly<Record<string, Binding>>
