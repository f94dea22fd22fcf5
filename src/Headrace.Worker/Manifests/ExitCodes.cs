using System.Globalization;

namespace Headrace.Worker.Manifests;

/// <summary>The meaning of a program's exit code for its job.</summary>
internal enum ExitMeaning
{
    Succeed,

    /// <summary>The attempt failed, and another attempt may succeed.</summary>
    Retry,

    /// <summary>The job failed, and another attempt would fail as well.</summary>
    Fail,

    /// <summary>The input is invalid.</summary>
    Reject,
}

/// <summary>Maps the exit codes of a program to their meanings.</summary>
internal sealed class ExitCodes(IReadOnlyDictionary<int, ExitMeaning> codes, ExitMeaning otherwise)
{
    /// <summary>
    /// The default mapping: 0 means success, and every other code means a failure that may be retried.
    /// </summary>
    public static readonly ExitCodes Default = new(
        new Dictionary<int, ExitMeaning> { [0] = ExitMeaning.Succeed },
        ExitMeaning.Retry
    );

    /// <summary>Reads an exit code from 0 to 255, without a sign and leading zeros.</summary>
    public static bool TryParse(string text, out int code)
    {
        var isCode = byte.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var read);
        code = read;
        return isCode && (text.Length == 1 || text[0] != '0');
    }

    public ExitMeaning MeaningOf(int code) => codes.TryGetValue(code, out var meaning) ? meaning : otherwise;
}
