namespace Headrace.Apps.Pipeline.Runs;

/// <summary>What a program does to get a run.</summary>
internal enum Opening
{
    /// <summary>Begin a run, because none is unfinished.</summary>
    Begin,

    /// <summary>Ask whether the holder of the unfinished run still works on it.</summary>
    Ask,

    /// <summary>Wait for the answer.</summary>
    Wait,

    /// <summary>Take the run over, because nobody works on it.</summary>
    TakeOver,

    /// <summary>Give up, because another program works on the run.</summary>
    GiveUp,
}

/// <summary>Decides how a program gets a run, from the last entry of the log of runs. Pure.</summary>
internal static class OpeningRule
{
    /// <summary>
    /// How long a program may take to answer. One that works answers within a second or two, unless its machine is
    /// overloaded or its connection to the server is slow.
    /// </summary>
    public static readonly TimeSpan AnswerTimeout = TimeSpan.FromSeconds(10);

    /// <param name="last">The last entry of the log; null if there is none.</param>
    /// <param name="sinceAsked">The time since this program asked; null if it has not.</param>
    public static Opening Decide(RunEntry? last, TimeSpan? sinceAsked) =>
        last switch
        {
            null or { HasRun: false } => Opening.Begin,
            { Kind: RunEntryKind.Left } => Opening.TakeOver,
            _ when sinceAsked is null => Opening.Ask,
            // Every entry is behind the question, so this one is an answer, or the program has just taken the run over.
            { Kind: RunEntryKind.Held } => Opening.GiveUp,
            { Kind: RunEntryKind.Ending } => sinceAsked < AnswerTimeout ? Opening.Wait : Opening.Ask,
            _ => sinceAsked < AnswerTimeout ? Opening.Wait : Opening.TakeOver,
        };
}
