namespace Headrace.Apps.Pipeline.Chains;

/// <summary>The steps of a chain, in their order. Each is a job.</summary>
internal enum ChainStep
{
    Simulate,
    UpdateCache,
    Evaluate,
}

/// <summary>The names of the steps, in tags and in the output.</summary>
internal static class ChainSteps
{
    private static readonly string[] Names = ["simulate", "update_cache", "evaluate"];

    public static string ToName(this ChainStep step) => Names[(int)step];

    public static ChainStep? Find(string? name) => Array.IndexOf(Names, name) is >= 0 and var i ? (ChainStep)i : null;
}
