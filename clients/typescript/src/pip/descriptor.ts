type Field = string | null;

/**
 * A locator of Pip.Services: five fields, of which `*` fits any. Its container takes this for one of
 * its own by the name of the class, and is answered through the methods that both have.
 */
export class Descriptor {
  readonly #fields: readonly Field[];

  constructor(group: string, type: string, kind: string, name: string, version: string) {
    this.#fields = [group, type, kind, name, version].map((field) =>
      field === '*' ? null : field,
    );
  }

  getGroup(): string {
    return this.#field(0);
  }

  getType(): string {
    return this.#field(1);
  }

  getKind(): string {
    return this.#field(2);
  }

  getName(): string {
    return this.#field(3);
  }

  getVersion(): string {
    return this.#field(4);
  }

  /** Whether each field of one is that of the other, or either is `*`. */
  match(other: Descriptor): boolean {
    const fields = [
      other.getGroup(),
      other.getType(),
      other.getKind(),
      other.getName(),
      other.getVersion(),
    ];
    return this.#fields.every((field, n) => field === null || !fields[n] || fields[n] === field);
  }

  /** Whether a value is a locator of this or of another class, and fits. */
  equals(value: unknown): boolean {
    return isDescriptor(value) && this.match(value);
  }

  /** The fields with colons between them. */
  toString(): string {
    return this.#fields.map((field) => field ?? '*').join(':');
  }

  /** As Pip.Services has it: `null` for `*`, though declared as text. */
  #field(index: number): string {
    return (this.#fields[index] ?? null) as string;
  }
}

/** The locator that a text stands for: a descriptor if it has five fields, else the text. */
export function parseLocator(text: string): Descriptor | string {
  const [group, type, kind, name, version, ...rest] = text.split(':').map((field) => field.trim());
  const isWhole = group && type && kind && name && version && rest.length === 0;
  return isWhole ? new Descriptor(group, type, kind, name, version) : text;
}

function isDescriptor(value: unknown): value is Descriptor {
  return (
    typeof value === 'object' && value !== null && 'getGroup' in value && 'getVersion' in value
  );
}
