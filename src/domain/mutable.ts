/** A type whose properties may be set, for an object that is filled field by field. */
export type Mutable<Type> = { -readonly [Key in keyof Type]: Type[Key] };
