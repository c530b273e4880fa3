type Keys<Type, Optional> = {
  [Key in keyof Type]-?: undefined extends Type[Key]
    ? Optional extends true
      ? Key
      : never
    : Optional extends true
      ? never
      : Key;
}[keyof Type];

/** An object in which `undefined` is absence. */
type Defined<Type> = {
  [Key in Keys<Type, false>]: Type[Key];
} & { [Key in Keys<Type, true>]?: Exclude<Type[Key], undefined> };

/** An object without the properties that are `undefined`. */
export function withoutUndefined<Type extends object>(value: Type): Defined<Type> {
  const entries = Object.entries(value).filter(([, part]) => part !== undefined);
  return Object.fromEntries(entries) as Defined<Type>;
}
