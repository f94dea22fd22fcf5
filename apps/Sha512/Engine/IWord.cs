using System.Diagnostics.CodeAnalysis;

namespace Headrace.Apps.Sha512.Engine;

/// <summary>
/// What SHA-512 does with 64-bit words, said once for any number of them side by side. <typeparamref name="TWords"/> is
/// one word of every lane, usually one vector register.
/// The JIT compiles the algorithm anew for each implementation, with these calls gone: an implementation is a table of
/// instructions, and a struct: for classes the JIT would share one code.
/// </summary>
internal unsafe interface IWord<TWords>
{
    static abstract TWords Load(ulong* row);

    /// <summary>The same word in every lane.</summary>
    static abstract TWords Spread(ulong* word);

    static abstract void Store(ulong* row, TWords words);

    static abstract TWords Add(TWords a, TWords b);

    /// <summary>
    /// Bit by bit: <paramref name="then"/> where <paramref name="bit"/> is set, else <paramref name="otherwise"/>.
    /// </summary>
    static abstract TWords Choose(TWords bit, TWords then, TWords otherwise);

    /// <summary>Bit by bit: what at least two of the three have.</summary>
    static abstract TWords Majority(TWords a, TWords b, TWords c);

    /// <summary>Three rotations to the right, xored: the large sigmas of the standard.</summary>
    static abstract TWords Rotations(
        TWords words,
        [ConstantExpected] byte first,
        [ConstantExpected] byte second,
        [ConstantExpected] byte third
    );

    /// <summary>Two rotations and a shift to the right, xored: the small sigmas.</summary>
    static abstract TWords RotationsAndShift(
        TWords words,
        [ConstantExpected] byte first,
        [ConstantExpected] byte second,
        [ConstantExpected] byte shift
    );
}
