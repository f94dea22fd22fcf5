namespace Headrace.Apps.Benchop;

/// <summary>The task that a job performs for its cell.</summary>
internal enum BenchopTask
{
    /// <summary>Compute the values without a reference.</summary>
    Value,

    /// <summary>Compute the values and their error.</summary>
    Price,

    /// <summary>Also measure the CPU time.</summary>
    Measure,

    /// <summary>
    /// Find the smallest work parameter that meets the target, and measure the method with this parameter.
    /// </summary>
    Tune,

    /// <summary>
    /// Like <see cref="Tune"/>, but also measure the error and time of smaller and larger work parameters.
    /// </summary>
    Curve,
}
