using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Headrace.Apps.Sha512.Engine;

/// <summary>A way to compress many lanes at once on this processor.</summary>
internal abstract class Kernel
{
    /// <summary>How many messages it hashes at once.</summary>
    public abstract int Lanes { get; }

    /// <summary>What it runs on, for people.</summary>
    public abstract string Words { get; }

    /// <summary>With fewer lanes in use the framework hashes a new payload faster than the lanes do.</summary>
    public abstract int LanesForPayloads { get; }

    /// <summary>How many steps take some five milliseconds.</summary>
    public abstract int StepsOfSlice { get; }

    /// <summary>Hashes the digest of every lane, <paramref name="times"/> times.</summary>
    public abstract void Chain(LaneMemory memory, int lanes, int times);

    /// <summary>Compresses the block in the message rows into the state of every lane.</summary>
    public abstract void Compress(LaneMemory memory, int lanes);

    /// <summary>
    /// Every kernel that runs here, the fastest first, as measured. A new width is an <see cref="IWord{TWords}"/>, a
    /// kernel, and its place here. <c>DOTNET_EnableAVX512=0</c> or <c>DOTNET_EnableAVX2=0</c> takes the next one.
    /// </summary>
    public static IReadOnlyList<Kernel> All { get; } =
    [
        .. Vector512.IsHardwareAccelerated && Avx512F.IsSupported ? [new Avx512Kernel()] : Array.Empty<Kernel>(),
        .. Vector256.IsHardwareAccelerated ? [new Avx2Kernel()] : Array.Empty<Kernel>(),
        new FrameworkKernel(),
    ];

    /// <summary>The fastest kernel here.</summary>
    public static Kernel Best => All[0];
}
