"""Makes the embedded engine's weights from labelled pages. Not part of the package.

Libraries choose among kernels by the processor, and these round differently: what is learned on one
machine would not come out the same on the next. So all are held, before any of them is loaded, to
what every x86-64 processor of the last ten years has: AVX2, and in MKL, which chooses among its
AVX2 kernels by a processor's maker, too, to the one set that it has for all of them.
"""

import os
import platform

if platform.machine().lower() in ("x86_64", "amd64"):
    os.environ.update(
        ATEN_CPU_CAPABILITY="avx2",
        MKL_CBWR="COMPATIBLE",
        ONEDNN_MAX_CPU_ISA="AVX2",
        OPENBLAS_CORETYPE="Haswell",
        OPENBLAS_NUM_THREADS="1",
        NPY_DISABLE_CPU_FEATURES="X86_V4 AVX512_ICL AVX512_SPR",
    )
