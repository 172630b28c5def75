// Some Nest packages are CommonJS and require() the ESM-only core packages. Linking those first keeps
// Jest from meeting them in the middle of a require cycle.
import 'reflect-metadata';
import '@nestjs/common';
import '@nestjs/core';
