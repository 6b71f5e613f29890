/** What the Engine answers with a `{"message": …}` body. */
export class ApiError extends Error {
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.name = 'ApiError';
    this.status = status;
  }
}

/** 304, which is no error to Docker: the container is already as asked. */
export class NotModified extends Error {}
