"""Makes the embedded engine's weights from labelled pages. Not part of the package.

Libraries choose among kernels by the processor, and those of different width round differently:
what is learned on one machine would not come out the same on the next. So all are held to the
AVX2 that every x86-64 processor of the last ten years has, before any of them is loaded.
"""

import os
import platform

if platform.machine().lower() in ("x86_64", "amd64"):
    os.environ.update(
        ATEN_CPU_CAPABILITY="avx2",
        MKL_CBWR="AVX2",
        ONEDNN_MAX_CPU_ISA="AVX2",
        OPENBLAS_CORETYPE="Haswell",
        OPENBLAS_NUM_THREADS="1",
        NPY_DISABLE_CPU_FEATURES="X86_V4 AVX512_ICL AVX512_SPR",
    )
