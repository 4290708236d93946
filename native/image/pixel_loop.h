// For loops over pixels: vector instructions; and each product is rounded before it is added to, or an arm64 would give
// other numbers.
#pragma once

#define TSCAFFE_PIXEL_LOOP __attribute__((optimize("O3", "fp-contract=off")))
