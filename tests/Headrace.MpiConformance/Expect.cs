namespace Headrace.MpiConformance;

/// <summary>The assertions of the checks. A rank started by mpiexec has no test framework.</summary>
public static class Expect
{
    public static void Equal<T>(T expected, T actual)
    {
        if (!EqualityComparer<T>.Default.Equals(expected, actual))
            throw new UnexpectedException($"expected {expected}, but got {actual}");
    }

    public static void Equal<T>(ReadOnlySpan<T> expected, ReadOnlySpan<T> actual)
    {
        if (!expected.SequenceEqual(actual))
            throw new UnexpectedException(
                $"expected [{string.Join(' ', expected.ToArray())}], but got [{string.Join(' ', actual.ToArray())}]"
            );
    }

    public static void True(bool condition, string what)
    {
        if (!condition)
            throw new UnexpectedException($"expected that {what}");
    }

    public static T Throws<T>(Action action)
        where T : Exception
    {
        try
        {
            action();
        }
        catch (T expected)
        {
            return expected;
        }
        throw new UnexpectedException($"expected {typeof(T).Name}, but nothing was thrown");
    }
}
