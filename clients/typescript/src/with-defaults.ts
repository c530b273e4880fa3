/** Options of which each is there. */
export type AllOf<Options> = {
  readonly [Key in keyof Options]-?: Exclude<Options[Key], undefined>;
};

/** Options, with the default of each that is not given or `undefined`. */
export function withDefaults<Options extends object, Key extends keyof Options>(
  defaults: Pick<AllOf<Options>, Key>,
  options: Options,
): Omit<Options, Key> & Pick<AllOf<Options>, Key> {
  const given = Object.entries(options).filter(([, value]) => value !== undefined);
  return { ...options, ...defaults, ...Object.fromEntries(given) };
}
