import { Controller, Get, Header } from '@nestjs/common';
import { SloService, type SloReport } from '../slo/slo.service.js';

@Controller('v1/slo')
export class SloController {
  constructor(private readonly slo: SloService) {}

  /** `GET /v1/slo`: the objectives of config/slo.yaml as this process has kept them. */
  @Get()
  @Header('cache-control', 'no-store')
  report(): Promise<SloReport> {
    return this.slo.report();
  }
}
