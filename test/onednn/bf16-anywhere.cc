// Preloaded, it has oneDNN 2.6 compute with bfloat16 on processors of x86-64 without AVX512-BF16: by its own reference
// code, which is slow and right. Deconvolution alone has none. It is linked with the libdnnl that the addon uses.
#include <dlfcn.h>

#include <cstring>

// Of dnnl.h, which a test need not find.
using Iterator = void*;
using Description = void*;
extern "C" int dnnl_primitive_desc_query(Description description, int what, int index, void* result);
extern "C" int dnnl_primitive_desc_iterator_next(Iterator iterator);
extern "C" int dnnl_primitive_desc_destroy(Description description);
constexpr int kImplementation = 8;  // dnnl_query_impl_info_str
constexpr int kAvx512Bf16 = 0xe7;   // dnnl_cpu_isa_avx512_core_bf16

// oneDNN asks this before it makes a primitive.
extern "C" bool _ZN4dnnl4impl3cpu8platform21has_data_type_supportE16dnnl_data_type_t(int) { return true; }

// And the addon asks this.
extern "C" int dnnl_get_effective_cpu_isa() { return kAvx512Bf16; }

// Of a convolution's implementations, the one by matrix products computes nothing without AVX-512, in silence.
extern "C" Description dnnl_primitive_desc_iterator_fetch(Iterator iterator) {
  using Fetch = Description (*)(Iterator);
  static const auto fetch = reinterpret_cast<Fetch>(dlsym(RTLD_NEXT, "dnnl_primitive_desc_iterator_fetch"));
  for (;;) {
    const auto description = fetch(iterator);
    const char* implementation = "";
    dnnl_primitive_desc_query(description, kImplementation, 0, &implementation);
    if (std::strcmp(implementation, "x64:gemm:jit") != 0) return description;
    if (dnnl_primitive_desc_iterator_next(iterator) != 0) return description;
    dnnl_primitive_desc_destroy(description);
  }
}
