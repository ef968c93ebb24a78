import type { DatabaseSync, StatementSync } from "node:sqlite";

export type OrderStatus = "pending" | "completed" | "declined" | "failed";

export interface Order {
  readonly id: number;
  readonly status: OrderStatus;
  readonly payment_method: string;
  readonly value_dollars: number;
}

export interface Sales {
  readonly payment_method: string;
  readonly orders: number;
  readonly dollars: number;
}

/** Orders and carts in one SQLite file. */
export class Store {
  readonly #database: DatabaseSync;
  readonly #insertOrder: StatementSync;
  readonly #updateOrder: StatementSync;
  readonly #selectOrder: StatementSync;
  readonly #insertCart: StatementSync;
  readonly #deleteCart: StatementSync;
  readonly #countCarts: StatementSync;
  readonly #countOrders: StatementSync;
  readonly #recentOrders: StatementSync;
  readonly #recentIds: StatementSync;
  readonly #sales: StatementSync;
  readonly #insertIsolate: StatementSync;

  constructor(database: DatabaseSync) {
    this.#database = database;
    this.#database.exec(`
      PRAGMA busy_timeout = 5000;
      PRAGMA journal_mode = WAL;
      PRAGMA synchronous = NORMAL;
      CREATE TABLE IF NOT EXISTS orders (
        id INTEGER PRIMARY KEY, status TEXT, payment_method TEXT, value_dollars REAL
      );
      CREATE TABLE IF NOT EXISTS carts (id INTEGER PRIMARY KEY AUTOINCREMENT);
      CREATE TABLE IF NOT EXISTS isolates (id INTEGER PRIMARY KEY AUTOINCREMENT);
    `);
    const sql = (text: string): StatementSync => this.#database.prepare(text);
    this.#insertOrder = sql(
      "INSERT INTO orders (status, payment_method, value_dollars) VALUES ('pending', ?, ?)",
    );
    this.#updateOrder = sql("UPDATE orders SET status = ? WHERE id = ?");
    this.#selectOrder = sql("SELECT * FROM orders WHERE id = ?");
    this.#insertCart = sql("INSERT INTO carts DEFAULT VALUES");
    this.#deleteCart = sql("DELETE FROM carts WHERE id = ?");
    this.#countCarts = sql("SELECT count(*) AS n FROM carts");
    this.#countOrders = sql("SELECT count(*) AS n FROM orders WHERE status = ?");
    this.#recentOrders = sql("SELECT * FROM orders ORDER BY id DESC LIMIT ?");
    this.#recentIds = sql("SELECT id FROM orders ORDER BY id DESC LIMIT ?");
    this.#insertIsolate = sql("INSERT INTO isolates DEFAULT VALUES");
    this.#sales = sql(
      "SELECT payment_method, count(*) AS orders, sum(value_dollars) AS dollars FROM orders " +
        "WHERE status = 'completed' GROUP BY payment_method",
    );
  }

  /** Adds an isolate that takes orders; its number, the first is 0. */
  addIsolate(): number {
    return Number(this.#insertIsolate.run().lastInsertRowid) - 1;
  }

  insertOrder(paymentMethod: string, valueDollars: number): number {
    return Number(this.#insertOrder.run(paymentMethod, valueDollars).lastInsertRowid);
  }

  updateOrder(id: number, status: OrderStatus): void {
    this.#updateOrder.run(status, id);
  }

  order(id: number): Order | undefined {
    return this.#selectOrder.get(id) as unknown as Order | undefined;
  }

  /** The latest orders, the last one first. */
  recentOrders(count: number): Order[] {
    return this.#recentOrders.all(count) as unknown as Order[];
  }

  recentIds(count: number): number[] {
    return this.#recentIds.all(count).map(({ id }) => Number(id));
  }

  /** What was sold, by payment method. */
  sales(): Sales[] {
    return this.#sales.all() as unknown as Sales[];
  }

  openCart(): number {
    return Number(this.#insertCart.run().lastInsertRowid);
  }

  /** False for an unknown cart. */
  closeCart(id: number): boolean {
    return this.#deleteCart.run(id).changes > 0;
  }

  cartCount(): number {
    return Number(this.#countCarts.get()?.n);
  }

  orderCount(status: OrderStatus): number {
    return Number(this.#countOrders.get(status)?.n);
  }

  close(): void {
    this.#database.close();
  }
}
