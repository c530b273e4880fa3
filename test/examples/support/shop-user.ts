/** An answer of the shop, read whole. */
interface ShopAnswer {
  readonly status: number;
  /** The parsed body; `null` where there is none. */
  readonly body: unknown;
  readonly headers: Headers;
}

/** A user of the shop, with a browser's memory for its cookie. */
export interface ShopUser {
  /** What the browser sends along. */
  readonly cookie: string;
  send(method: string, path: string, init?: RequestInit): Promise<ShopAnswer>;
  signIn(user: string): Promise<ShopAnswer>;
  /** With another cookie, where one is given. */
  getCart(cookie?: string): Promise<ShopAnswer>;
  /** `cart` may be any text; `seen` is the `ETag` that the user saw, `null` for none. */
  putCart(cart: unknown, seen: string | null): Promise<ShopAnswer>;
}

/** A user who is not signed in yet. */
export function createUser(url: string): ShopUser {
  let cookie = '';
  const send = async (method: string, path: string, init: RequestInit = {}) => {
    const headers = { cookie, ...(init.headers as Record<string, string> | undefined) };
    const response = await fetch(url + path, { ...init, method, headers });
    cookie = response.headers.get('set-cookie')?.split(';')[0] ?? cookie;
    const text = await response.text();
    const body: unknown = text === '' ? null : JSON.parse(text);
    return { status: response.status, body, headers: response.headers };
  };
  const json = { 'content-type': 'application/json' };
  return {
    get cookie() {
      return cookie;
    },
    send,
    signIn: async (user) =>
      await send('POST', '/sign-in', { headers: json, body: JSON.stringify({ user }) }),
    getCart: async (other) =>
      await send('GET', '/cart', other === undefined ? {} : { headers: { cookie: other } }),
    putCart: async (cart, seen) =>
      await send('PUT', '/cart', {
        headers: { ...json, ...(seen === null ? {} : { 'if-match': seen }) },
        body: typeof cart === 'string' ? cart : JSON.stringify(cart),
      }),
  };
}
