using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Headrace.Apps.Sha512.Engine;

/// <summary>Compresses the blocks of many lanes at once, with one instruction set.</summary>
internal abstract class Kernel
{
    /// <summary>Number of messages hashed at once.</summary>
    public abstract int Lanes { get; }

    /// <summary>Human-readable description: instruction set and number of lanes.</summary>
    public abstract string Description { get; }

    /// <summary>
    /// The minimum number of lanes that must be in use for the lanes to hash payloads faster than the framework.
    /// </summary>
    public abstract int LanesForPayloads { get; }

    /// <summary>Number of steps that take about five milliseconds.</summary>
    public abstract int StepsOfSlice { get; }

    /// <summary>Hashes the digest of every lane repeatedly; <paramref name="times"/> is the number of hashes.</summary>
    public abstract void Chain(LaneMemory memory, int lanes, int times);

    /// <summary>Compresses the block in the message rows into the state of every lane.</summary>
    public abstract void Compress(LaneMemory memory, int lanes);

    /// <summary>
    /// All kernels that run on this processor, in descending order of measured speed. To add a width, implement
    /// <see cref="IWord{TWords}"/> and a kernel and list it here. <c>DOTNET_EnableAVX512=0</c> or
    /// <c>DOTNET_EnableAVX2=0</c> disables a kernel, so that the next one is used.
    /// </summary>
    public static IReadOnlyList<Kernel> All { get; } =
    [
        .. Vector512.IsHardwareAccelerated && Avx512F.IsSupported ? [new Avx512Kernel()] : Array.Empty<Kernel>(),
        .. Vector256.IsHardwareAccelerated ? [new Avx2Kernel()] : Array.Empty<Kernel>(),
        new FrameworkKernel(),
    ];

    /// <summary>The fastest kernel on this processor.</summary>
    public static Kernel Best => All[0];
}
