using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Headrace.Apps.Benchop.Numerics.Sampling;

/// <summary>
/// The first 2^m points of a Sobol sequence under nested uniform scrambling (A. B. Owen 1995, Randomly permuted
/// (t,m,s)-nets). The permutations come from a hash in which each digit depends only on the more significant digits (S.
/// Laine and T. Karras 2011, Stratified sampling for stochastic transparency; B. Burley 2020, Practical hash-based Owen
/// scrambling, J. Computer Graphics Techniques 9(4)).
/// </summary>
internal sealed class ScrambledSobol : IPointSet
{
    public const int MaxDimensions = SobolDirections.Dimensions;

    /// <summary>The largest m. The sequence itself has 2^32 points.</summary>
    public const int MaxLog2 = 26;

    private const int Bits = 32;

    // For each dimension, 32 direction numbers with their bits in reverse order. In the hash, each bit depends on less
    // significant bits, so this order makes it unnecessary to reverse the bits before the hash is applied.
    private static readonly uint[] Directions = BuildDirections();

    // For each dimension, the first block of points, also with reversed bits.
    private static readonly uint[] FirstBlock = BuildFirstBlock();

    private readonly int _dimensions;
    private readonly uint[] _seeds;

    public ScrambledSobol(int dimensions, int log2Count, uint seed, uint stream)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(dimensions, MaxDimensions);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(log2Count, MaxLog2);
        ArgumentOutOfRangeException.ThrowIfLessThan(log2Count, 2);
        _dimensions = dimensions;
        Count = 1 << log2Count;
        _seeds = new uint[dimensions];
        for (var i = 0; i < dimensions; i++)
            (_seeds[i], _, _, _) = Philox.Block(((uint)i, 1, 0, stream), seed, 0);
    }

    public int Count { get; }

    public void Fill(int first, int length, Span<double> coordinates)
    {
        for (var dimension = 0; dimension < _dimensions; dimension++)
        {
            uint origin = 0;
            for (var rest = (uint)first; rest != 0; rest &= rest - 1)
                origin ^= Directions[(Bits * dimension) + BitOperations.TrailingZeroCount(rest)];

            var block = FirstBlock.AsSpan(ReplicatedMean.Block * dimension, length);
            var row = coordinates.Slice(dimension * length, length);
            var seed = _seeds[dimension];
            for (var i = 0; i < length; i += Lanes.Count)
            {
                var words = Vector256.Create((uint)0).WithLower(Vector128.Create<uint>(block.Slice(i, Lanes.Count)));
                var scrambled = Reversed(Hash(words ^ Vector256.Create(origin), seed));
                Philox.ToUnit(Vector256.WidenLower(scrambled)).CopyTo(row[i..]);
            }
        }
    }

    /// <summary>Returns one coordinate of a point without scrambling, in units of 2^-32.</summary>
    public static uint Unscrambled(int dimension, uint index)
    {
        uint value = 0;
        for (var rest = index; rest != 0; rest &= rest - 1)
            value ^= Directions[(Bits * dimension) + BitOperations.TrailingZeroCount(rest)];

        return Reversed(Vector256.Create(value)).ToScalar();
    }

    // The constants are from N. Vegdahl (2021). Whether an operation changes a bit depends only on the less significant
    // bits.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<uint> Hash(Vector256<uint> x, uint seed)
    {
        x ^= x * Vector256.Create(0x3d20adeau);
        x += Vector256.Create(seed);
        x *= Vector256.Create((seed >> 16) | 1);
        x ^= x * Vector256.Create(0x05526c56u);
        x ^= x * Vector256.Create(0x53a22864u);
        return x;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<uint> Reversed(Vector256<uint> x)
    {
        x = (x << 16) | (x >>> 16);
        x = Swap(x, 8, 0x00FF00FF);
        x = Swap(x, 4, 0x0F0F0F0F);
        x = Swap(x, 2, 0x33333333);
        return Swap(x, 1, 0x55555555);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<uint> Swap(Vector256<uint> x, int shift, uint mask) =>
        ((x & Vector256.Create(mask)) << shift) | ((x >>> shift) & Vector256.Create(mask));

    private static uint[] BuildDirections()
    {
        var all = new uint[Bits * MaxDimensions];
        for (var bit = 0; bit < Bits; bit++)
            all[bit] = 1u << bit;

        var numbers = SobolDirections.Numbers;
        Span<uint> v = stackalloc uint[Bits];
        for (var dimension = 1; dimension < MaxDimensions; dimension++)
        {
            var polynomial = numbers[0];
            var degree = BitOperations.Log2(polynomial);
            for (var k = 0; k < degree; k++)
                v[k] = (uint)numbers[1 + k] << (Bits - 1 - k);

            for (var k = degree; k < Bits; k++)
            {
                v[k] = v[k - degree] ^ (v[k - degree] >> degree);
                for (var j = 1; j < degree; j++)
                    if (((polynomial >> (degree - j)) & 1) != 0)
                        v[k] ^= v[k - j];
            }

            for (var k = 0; k < Bits; k++)
                all[(Bits * dimension) + k] = Reversed(Vector256.Create(v[k])).ToScalar();

            numbers = numbers[(1 + degree)..];
        }

        return all;
    }

    private static uint[] BuildFirstBlock()
    {
        var all = new uint[ReplicatedMean.Block * MaxDimensions];
        for (var dimension = 0; dimension < MaxDimensions; dimension++)
            for (var i = 1; i < ReplicatedMean.Block; i++)
            {
                var low = BitOperations.TrailingZeroCount(i);
                all[(ReplicatedMean.Block * dimension) + i] =
                    all[(ReplicatedMean.Block * dimension) + (i & (i - 1))] ^ Directions[(Bits * dimension) + low];
            }

        return all;
    }
}
