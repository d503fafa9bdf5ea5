/**
 * libjpeg-turbo compiled to WebAssembly: the same pixels as Pillow and OpenCV. It reads `libjpegturbowasm_decode.wasm`
 * from its own folder (`__dirname`), so that both files ship as they are, beside the bundle.
 */
declare module '@cornerstonejs/codec-libjpeg-turbo-8bit/decodewasmjs' {
  interface FrameInfo {
    width: number;
    height: number;
    componentCount: number;
  }

  interface JpegDecoder {
    /** Memory for a file of `length` bytes, to be filled by the caller. */
    getEncodedBuffer(length: number): Uint8Array;
    readHeader(): void;
    /** Decodes to grey or red, green, blue; throws a number on anything it cannot decode. */
    decode(): void;
    getFrameInfo(): FrameInfo;
    /** A view of the decoder's memory, which `delete` frees. */
    getDecodedBuffer(): Uint8ClampedArray;
    delete(): void;
  }

  export interface Codec {
    JPEGDecoder: new () => JpegDecoder;
  }

  export default function createCodec(options?: { printErr?: (line: string) => void }): Promise<Codec>;
}
