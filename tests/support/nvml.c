/* A driver's library that tells what a file says, so that a test can have any GPU.
 *
 * FIGURES names the file: a first line "trouble CODE", "hang", "crash", or "DRIVER CUDA"; then a
 * line for each GPU: "TOTAL FREE MAJOR MINOR PID BYTES NAME", PID 0 for nobody.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

typedef struct { unsigned long long total, free, used; } Memory;
typedef struct { unsigned pid; unsigned long long bytes; unsigned gi, ci; } Holder;
typedef struct { unsigned long long total, free, bytes; int major, minor; unsigned pid; char name[64]; } Gpu;

static char driver[64];
static int cuda;
static Gpu gpus[8];
static unsigned count;

int nvmlInit_v2(void) {
    char word[64];
    int code;
    FILE *file = fopen(FIGURES, "r");
    if (!file || fscanf(file, "%63s", word) != 1) return 999;
    if (!strcmp(word, "hang")) pause();
    if (!strcmp(word, "crash")) abort();
    if (!strcmp(word, "trouble")) return fscanf(file, "%d", &code) == 1 ? code : 999;
    strcpy(driver, word);
    if (fscanf(file, "%d", &cuda) != 1) return 999;
    for (count = 0; count < 8; count++) {
        Gpu *g = &gpus[count];
        if (fscanf(file, "%llu %llu %d %d %u %llu %63[^\n]", &g->total, &g->free, &g->major,
                   &g->minor, &g->pid, &g->bytes, g->name) != 7) break;
    }
    fclose(file);
    return 0;
}

const char *nvmlErrorString(int code) {
    return code == 18 ? "Driver/library version mismatch" : "Driver Not Loaded";
}
int nvmlDeviceGetCount_v2(unsigned *n) { *n = count; return 0; }
int nvmlSystemGetDriverVersion(char *text, unsigned size) { snprintf(text, size, "%s", driver); return 0; }
int nvmlSystemGetCudaDriverVersion_v2(int *version) { *version = cuda; return 0; }
int nvmlDeviceGetHandleByIndex_v2(unsigned index, void **handle) { *handle = &gpus[index]; return 0; }
int nvmlDeviceGetName(void *g, char *text, unsigned size) { snprintf(text, size, "%s", ((Gpu *)g)->name); return 0; }
int nvmlDeviceGetUUID(void *g, char *text, unsigned size) { snprintf(text, size, "GPU-%04d-test", (int)((Gpu *)g - gpus)); return 0; }
int nvmlDeviceGetMemoryInfo(void *g, Memory *m) {
    m->total = ((Gpu *)g)->total; m->free = ((Gpu *)g)->free; m->used = m->total - m->free;
    return 0;
}
int nvmlDeviceGetCudaComputeCapability(void *g, int *major, int *minor) {
    *major = ((Gpu *)g)->major; *minor = ((Gpu *)g)->minor;
    return 0;
}
int nvmlDeviceGetComputeRunningProcesses_v3(void *g, unsigned *n, Holder *found) {
    *n = ((Gpu *)g)->pid != 0;
    if (*n) { found[0].pid = ((Gpu *)g)->pid; found[0].bytes = ((Gpu *)g)->bytes; }
    return 0;
}
