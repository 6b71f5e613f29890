import { createHash } from 'node:crypto';
import { join } from 'node:path';
import * as v from 'valibot';
import { ApiError } from './api-error.ts';
import { Container } from './container.ts';
import { createBodySchema } from './create-body.ts';
import type { EventLog } from './event-log.ts';

/** The containers and image names of one embedded Engine. */
export class ContainerStore {
  readonly #containers = new Map<string, Container>();
  readonly #images = new Set<string>();
  readonly #events: EventLog;
  readonly #directory: string;

  /** Output of the containers goes to `NAME.log` in `directory`. */
  constructor(events: EventLog, directory: string) {
    this.#events = events;
    this.#directory = directory;
  }

  all(): Container[] {
    return [...this.#containers.values()];
  }

  /** By name, id, or beginning of the id. @throws ApiError 404 */
  get(reference: string): Container {
    const name = reference.replace(/^\//, '');
    const found =
      this.#containers.get(name) ??
      this.all().find((container) => name.length > 0 && container.id.startsWith(name));
    if (found === undefined) {
      throw new ApiError(404, `No such container: ${reference}`);
    }
    return found;
  }

  /** @throws ApiError 400 for a bad name or body, 404 for an unknown image, 409 for a name in use */
  create(name: string, json: unknown): Container {
    if (!/^\/?[a-zA-Z0-9][a-zA-Z0-9_.-]+$/.test(name)) {
      throw new ApiError(400, `Invalid container name (${name}), only [a-zA-Z0-9][a-zA-Z0-9_.-] are allowed`);
    }
    const parsed = v.safeParse(createBodySchema, json);
    if (!parsed.success) {
      throw new ApiError(400, parsed.issues[0].message);
    }
    const body = parsed.output;
    if (body.Cmd.length + body.Entrypoint.length === 0) {
      throw new ApiError(400, 'No command specified');
    }
    const imageId = this.imageId(body.Image);
    const taken = this.#containers.get(name);
    if (taken !== undefined) {
      throw new ApiError(
        409,
        `Conflict. The container name "/${name}" is already in use by container "${taken.id}". You have to remove (or rename) that container to be able to reuse that name.`,
      );
    }
    const outputFile = join(this.#directory, `${name}.log`);
    const container = new Container({ name, body, imageId, events: this.#events, outputFile });
    this.#containers.set(name, container);
    return container;
  }

  async remove(reference: string, force: boolean): Promise<void> {
    const container = this.get(reference);
    await container.remove(force);
    this.#containers.delete(container.name);
  }

  /** Images are names alone: containers here run programs of the host. */
  addImage(name: string): void {
    this.#images.add(withTag(name));
  }

  removeImage(name: string): void {
    this.imageId(name);
    this.#images.delete(withTag(name));
  }

  /** @throws ApiError 404 */
  imageId(name: string): string {
    if (!this.#images.has(withTag(name))) {
      throw new ApiError(404, `No such image: ${withTag(name)}`);
    }
    return `sha256:${createHash('sha256').update(name).digest('hex')}`;
  }
}

function withTag(name: string): string {
  return /:[^/]+$/.test(name) ? name : `${name}:latest`;
}
