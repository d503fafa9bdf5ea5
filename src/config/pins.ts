/** A range to pin. */
export interface Pin {
  readonly tensor: string;
  readonly alpha: number;
  readonly beta: number;
}
