namespace Headrace.Apps.Benchop;

/// <summary>What a job does with its cell.</summary>
internal enum BenchopTask
{
    /// <summary>Values and their error.</summary>
    Price,

    /// <summary>The processor time as well.</summary>
    Measure,

    /// <summary>The smallest work that meets the target, measured.</summary>
    Tune,
}
