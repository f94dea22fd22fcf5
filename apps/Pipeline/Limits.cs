namespace Headrace.Apps.Pipeline;

/// <summary>
/// The range of parameters and values. JSON readers of every language represent these numbers exactly.
/// </summary>
internal static class Limits
{
    /// <summary>The largest parameter, 2^53 - 1.</summary>
    public const long Param = (1L << 53) - 1;

    /// <summary>The largest value, so that its double is a parameter.</summary>
    public const long Value = Param / 2;
}
