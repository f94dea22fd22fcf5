namespace Headrace.Worker.Manifests;

/// <summary>
/// The signals that may ask a program to stop. Their numeric values are the same on every Linux platform.
/// </summary>
internal static class StopSignals
{
    public const int Terminate = 15;

    private static readonly Dictionary<string, int> Numbers = new()
    {
        ["HUP"] = 1,
        ["INT"] = 2,
        ["QUIT"] = 3,
        ["KILL"] = 9,
        ["TERM"] = Terminate,
    };

    public static IReadOnlyCollection<string> Names => Numbers.Keys;

    /// <summary>Reads a name such as <c>TERM</c> or <c>SIGTERM</c>.</summary>
    public static bool TryParse(string name, out int signal) =>
        Numbers.TryGetValue(name.StartsWith("SIG", StringComparison.Ordinal) ? name[3..] : name, out signal);
}
