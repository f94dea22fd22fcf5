// Processor time of this thread. Other load on the machine affects it only through caches and the clock frequency.
#pragma once

#include <algorithm>
#include <ctime>
#include <functional>
#include <vector>

namespace timing {

inline double cpuSeconds() {
    timespec t;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return t.tv_sec + 1e-9 * t.tv_nsec;
}

inline double once(const std::function<void()>& call) {
    const double start = cpuSeconds();
    call();
    return cpuSeconds() - start;
}

// Seconds per call: the median of batches that are long enough for the resolution of the clock.
inline double median(const std::function<void()>& call, int batches, double batchSeconds) {
    call();
    const double first = std::max(once(call), 1e-9);
    long repeats = 1;
    if (first < batchSeconds) {
        // Estimates the batch size from a short batch, because the first call runs with cold caches.
        long trial = std::max(1L, static_cast<long>(0.1 * batchSeconds / first));
        const double taken = once([&] {
            for (long i = 0; i < trial; ++i) call();
        });
        repeats = std::max(1L, static_cast<long>(batchSeconds * trial / std::max(taken, 1e-9)));
    }
    std::vector<double> seconds;
    for (int b = 0; b < batches; ++b)
        seconds.push_back(once([&] {
                              for (long i = 0; i < repeats; ++i) call();
                          }) /
                          repeats);
    std::sort(seconds.begin(), seconds.end());
    return seconds[seconds.size() / 2];
}

}  // namespace timing
