using System.Diagnostics.CodeAnalysis;

namespace Headrace.Apps.Sha512.Engine;

/// <summary>
/// The operations of SHA-512 on 64-bit words, applied to several words at once. A <typeparamref name="TWords"/>
/// contains one word of every lane and is usually one vector register. The JIT compiles the algorithm separately for
/// each implementation and inlines these calls. Implementations are structs, because for classes the JIT would compile
/// only one shared body.
/// </summary>
internal unsafe interface IWord<TWords>
{
    static abstract TWords Load(ulong* row);

    /// <summary>Broadcasts one word to every lane.</summary>
    static abstract TWords Spread(ulong* word);

    static abstract void Store(ulong* row, TWords words);

    static abstract TWords Add(TWords a, TWords b);

    /// <summary>The bitwise conditional operator: each bit of the result is <c>bit ? then : otherwise</c>.</summary>
    static abstract TWords Choose(TWords bit, TWords then, TWords otherwise);

    /// <summary>The bitwise majority of three operands.</summary>
    static abstract TWords Majority(TWords a, TWords b, TWords c);

    /// <summary>The exclusive or of three rotations to the right: the large sigmas of the standard.</summary>
    static abstract TWords Rotations(
        TWords words,
        [ConstantExpected] byte first,
        [ConstantExpected] byte second,
        [ConstantExpected] byte third
    );

    /// <summary>The exclusive or of two rotations and a shift to the right: the small sigmas.</summary>
    static abstract TWords RotationsAndShift(
        TWords words,
        [ConstantExpected] byte first,
        [ConstantExpected] byte second,
        [ConstantExpected] byte shift
    );
}
