import { Controller, Get, Header, NotFoundException, Param } from '@nestjs/common';
import { readFile } from 'node:fs/promises';
import { APPLICATION_ROOT } from '../settings/process-environment.js';

const FOLDER = `${APPLICATION_ROOT}docs/runbooks`;
/** A name, never a path. */
const NAME = /^[A-Za-z][A-Za-z-]*$/;
const MARKDOWN = 'text/markdown; charset=utf-8';

/** The runbooks of docs/runbooks, where the links of alerts lead: they match the version that runs, and need no network. */
@Controller('runbooks')
export class RunbooksController {
  @Get()
  @Header('content-type', MARKDOWN)
  index(): Promise<string> {
    return this.read('README');
  }

  @Get(':name')
  @Header('content-type', MARKDOWN)
  async find(@Param('name') name: string): Promise<string> {
    const plain = name.replace(/\.md$/, '');
    if (!NAME.test(plain)) throw new NotFoundException();
    return this.read(plain);
  }

  private async read(name: string): Promise<string> {
    try {
      return await readFile(`${FOLDER}/${name}.md`, 'utf8');
    } catch {
      throw new NotFoundException();
    }
  }
}
