using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using Headrace.Protocol.Local;

namespace Headrace.Worker.Processes;

/// <summary>
/// Identifies one execution of a program: the worker that started it, and a number. Every process of the execution
/// inherits it in its environment. The mark therefore identifies even a process that has left its parent's session.
/// After this worker has been killed, another worker can still find the process by the mark.
/// </summary>
/// <param name="Owner">The process id of the worker.</param>
/// <param name="OwnerStart">When that process started (<see cref="ProcFs.StartOf"/>).</param>
/// <param name="Instance">The number of the worker in its process, which may run several.</param>
/// <param name="Number">The number of the execution in the worker.</param>
internal readonly record struct ExecutionMark(int Owner, long OwnerStart, int Instance, long Number)
{
    /// <summary>The environment variable that contains the mark.</summary>
    public const string Variable = "HEADRACE_EXECUTION";

    /// <summary>Gets the part of the text that all executions of the worker share.</summary>
    public string OwnerText => string.Create(CultureInfo.InvariantCulture, $"{Owner}-{OwnerStart}-{Instance}");

    public static bool TryParse([NotNullWhen(true)] string? text, out ExecutionMark mark)
    {
        mark = default;
        if (
            text?.Split('-') is not [var owner, var start, var instance, var number]
            || !int.TryParse(owner, NumberStyles.None, CultureInfo.InvariantCulture, out var process)
            || !long.TryParse(start, NumberStyles.None, CultureInfo.InvariantCulture, out var ticks)
            || !int.TryParse(instance, NumberStyles.None, CultureInfo.InvariantCulture, out var worker)
            || !long.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out var count)
        )
            return false;
        mark = new ExecutionMark(process, ticks, worker, count);
        return true;
    }

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{OwnerText}-{Number}");
}
