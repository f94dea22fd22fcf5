using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Headrace.Apps.Sha512.Engine;

/// <summary>
/// Four lanes in one AVX2 register. AVX2 has no instructions for rotations or three-operand logic, so each of these
/// operations takes two or three instructions.
/// </summary>
internal readonly unsafe struct Avx2Word : IWord<Vector256<ulong>>
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<ulong> Load(ulong* row) => Vector256.Load(row);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<ulong> Spread(ulong* word) => Vector256.Create(*word);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(ulong* row, Vector256<ulong> words) => words.Store(row);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<ulong> Add(Vector256<ulong> a, Vector256<ulong> b) => a + b;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<ulong> Choose(Vector256<ulong> bit, Vector256<ulong> then, Vector256<ulong> otherwise) =>
        ((then ^ otherwise) & bit) ^ otherwise;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<ulong> Majority(Vector256<ulong> a, Vector256<ulong> b, Vector256<ulong> c) =>
        ((a | b) & c) | (a & b);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<ulong> Rotations(
        Vector256<ulong> words,
        [ConstantExpected] byte first,
        [ConstantExpected] byte second,
        [ConstantExpected] byte third
    ) =>
        (words >>> first)
        ^ (words << (64 - first))
        ^ (words >>> second)
        ^ (words << (64 - second))
        ^ (words >>> third)
        ^ (words << (64 - third));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<ulong> RotationsAndShift(
        Vector256<ulong> words,
        [ConstantExpected] byte first,
        [ConstantExpected] byte second,
        [ConstantExpected] byte shift
    ) =>
        (words >>> first) ^ (words << (64 - first)) ^ (words >>> second) ^ (words << (64 - second)) ^ (words >>> shift);
}
