using System.Runtime.CompilerServices;
using static Headrace.Apps.Sha512.Engine.Sha512Constants;

namespace Headrace.Apps.Sha512.Engine;

/// <summary>
/// The compression function of SHA-512 (FIPS 180-4, 6.4.2) for all lanes of a <typeparamref name="TWord"/>. The
/// algorithm is written only once; the JIT compiles it separately for each width.
/// </summary>
/// <remarks>
/// The loop body contains exactly two rounds. With only one round, moves between registers reduce the throughput by a
/// tenth.
/// Four rounds exceed the JIT's inlining budget, so calls remain in the loop and the throughput drops to a fifth,
/// without any warning. The throughput of every kernel is recorded in bench/results/sha512.md.
/// </remarks>
internal static unsafe class Compression<TWords, TWord>
    where TWord : struct, IWord<TWords>
{
    private const int Row = LaneMemory.RowWords;

    /// <summary>
    /// Compresses one block of every lane. The parameters <paramref name="from"/> and <paramref name="to"/> point to
    /// the states before and after the block. The schedule is stored after the 16 rows of the block.
    /// </summary>
    // Bypasses tiered compilation, which would run the first slices as unoptimised code, a hundred times slower.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Apply(ulong* constants, ulong* from, ulong* message, ulong* to)
    {
        TWords a = TWord.Load(from),
            b = TWord.Load(from + Row),
            c = TWord.Load(from + (2 * Row)),
            d = TWord.Load(from + (3 * Row));
        TWords e = TWord.Load(from + (4 * Row)),
            f = TWord.Load(from + (5 * Row)),
            g = TWord.Load(from + (6 * Row)),
            h = TWord.Load(from + (7 * Row));
        for (var round = 0; round < Rounds; round += 2, constants += 2, message += 2 * Row)
        {
            Turn(a, b, c, ref d, e, f, g, ref h, constants, message);
            Turn(h, a, b, ref c, d, e, f, ref g, constants + 1, message + Row);
            // Rotates the eight words by two positions for the next two rounds.
            TWords first = h,
                second = g;
            h = f;
            g = e;
            f = d;
            e = c;
            d = b;
            c = a;
            b = first;
            a = second;
            // The schedule is computed one block ahead of the rounds that use it.
            if (round >= Rounds - BlockWords)
                continue;
            Extend(message);
            Extend(message + Row);
        }
        TWord.Store(to, TWord.Add(a, TWord.Load(from)));
        TWord.Store(to + Row, TWord.Add(b, TWord.Load(from + Row)));
        TWord.Store(to + (2 * Row), TWord.Add(c, TWord.Load(from + (2 * Row))));
        TWord.Store(to + (3 * Row), TWord.Add(d, TWord.Load(from + (3 * Row))));
        TWord.Store(to + (4 * Row), TWord.Add(e, TWord.Load(from + (4 * Row))));
        TWord.Store(to + (5 * Row), TWord.Add(f, TWord.Load(from + (5 * Row))));
        TWord.Store(to + (6 * Row), TWord.Add(g, TWord.Load(from + (6 * Row))));
        TWord.Store(to + (7 * Row), TWord.Add(h, TWord.Load(from + (7 * Row))));
    }

    /// <summary>
    /// Performs one round. Only two of the eight words change: d receives the next e, and h receives the next a.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Turn(
        TWords a,
        TWords b,
        TWords c,
        ref TWords d,
        TWords e,
        TWords f,
        TWords g,
        ref TWords h,
        ulong* constant,
        ulong* word
    )
    {
        // Terms that do not depend on e are added first, because e is the word that was computed last.
        h = TWord.Add(h, TWord.Add(TWord.Spread(constant), TWord.Load(word)));
        h = TWord.Add(TWord.Add(h, TWord.Choose(e, f, g)), TWord.Rotations(e, 14, 18, 41));
        d = TWord.Add(d, h);
        h = TWord.Add(h, TWord.Add(TWord.Rotations(a, 28, 34, 39), TWord.Majority(a, b, c)));
    }

    /// <summary>Computes the schedule word that is stored 16 rows after <paramref name="word"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Extend(ulong* word) =>
        TWord.Store(
            word + (16 * Row),
            TWord.Add(
                TWord.Add(TWord.Load(word), TWord.Load(word + (9 * Row))),
                TWord.Add(
                    TWord.RotationsAndShift(TWord.Load(word + Row), 1, 8, 7),
                    TWord.RotationsAndShift(TWord.Load(word + (14 * Row)), 19, 61, 6)
                )
            )
        );
}
