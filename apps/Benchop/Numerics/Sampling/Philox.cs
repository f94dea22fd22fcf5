using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Headrace.Apps.Benchop.Numerics.Sampling;

/// <summary>
/// The counter-based random number generator Philox 4x32-10 (J. K. Salmon, M. A. Moraes, R. O. Dror and D. E. Shaw
/// 2011, Parallel random numbers: as easy as 1, 2, 3, SC'11). Each random number is a function of a key and a counter.
/// The generator has no state, so a result does not depend on how paths are distributed over threads or workers.
/// </summary>
internal static class Philox
{
    /// <summary>
    /// The number of words in a group. A counter yields four words, and four counters are processed at once.
    /// </summary>
    public const int Group = 16;

    private const uint Multiplier0 = 0xD2511F53;
    private const uint Multiplier1 = 0xCD9E8D57;
    private const uint Weyl0 = 0x9E3779B9;
    private const uint Weyl1 = 0xBB67AE85;
    private const int Rounds = 10;

    /// <summary>Encrypts one counter of four words with a key of two words.</summary>
    public static (uint, uint, uint, uint) Block((uint, uint, uint, uint) counter, uint key0, uint key1)
    {
        var (c0, c1, c2, c3) = counter;
        for (var round = 0; round < Rounds; round++)
        {
            var product0 = (ulong)Multiplier0 * c0;
            var product1 = (ulong)Multiplier1 * c2;
            (c0, c1, c2, c3) = (
                (uint)(product1 >> 32) ^ c1 ^ key0,
                (uint)product1,
                (uint)(product0 >> 32) ^ c3 ^ key1,
                (uint)product0
            );
            key0 += Weyl0;
            key1 += Weyl1;
        }

        return (c0, c1, c2, c3);
    }

    /// <summary>
    /// Fills a span with uniformly distributed numbers. The interval (0, 1) is divided into 2^32 equal cells, and each
    /// number is the centre of a cell. The length of the span must be a multiple of <see cref="Group"/>.
    /// </summary>
    /// <param name="firstGroup">
    /// The position in the stream. Group g consists of the counters 4g to 4g + 3; their first words come first.
    /// </param>
    public static void Fill(uint seed, uint stream, uint substream, int firstGroup, Span<double> uniforms)
    {
        for (var start = 0; start < uniforms.Length; start += Group, firstGroup++)
        {
            var first = 4UL * (uint)firstGroup;
            var c0 = Vector256.Create(first, first + 1, first + 2, first + 3);
            var c1 = Vector256<ulong>.Zero;
            var c2 = Vector256.Create((ulong)substream);
            var c3 = Vector256.Create((ulong)stream);
            Encrypt(ref c0, ref c1, ref c2, ref c3, seed);
            ToUnit(c0).CopyTo(uniforms[start..]);
            ToUnit(c1).CopyTo(uniforms[(start + 4)..]);
            ToUnit(c2).CopyTo(uniforms[(start + 8)..]);
            ToUnit(c3).CopyTo(uniforms[(start + 12)..]);
        }
    }

    /// <summary>Returns (x + 1/2) / 2^32 for each word x. Each word occupies a lane of 64 bits.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<double> ToUnit(Vector256<ulong> words)
    {
        // The word becomes the last 32 bits of the fraction of a double that has the exponent of 2^52.
        var shifted = (words | Vector256.Create(0x4330000000000000UL)).AsDouble();
        return (shifted - Vector256.Create(4503599627370495.5)) * Vector256.Create(1.0 / 4294967296.0);
    }

    // Each word is kept in a lane of 64 bits, because its product with a multiplier has 64 bits.
    private static void Encrypt(
        ref Vector256<ulong> c0,
        ref Vector256<ulong> c1,
        ref Vector256<ulong> c2,
        ref Vector256<ulong> c3,
        uint seed
    )
    {
        var low = Vector256.Create(0xFFFFFFFFUL);
        var (key0, key1) = (seed, 0u);
        for (var round = 0; round < Rounds; round++)
        {
            var product0 = c0 * Vector256.Create((ulong)Multiplier0);
            var product1 = c2 * Vector256.Create((ulong)Multiplier1);
            c0 = (product1 >>> 32) ^ c1 ^ Vector256.Create((ulong)key0);
            c2 = (product0 >>> 32) ^ c3 ^ Vector256.Create((ulong)key1);
            c1 = product1 & low;
            c3 = product0 & low;
            key0 += Weyl0;
            key1 += Weyl1;
        }
    }
}
