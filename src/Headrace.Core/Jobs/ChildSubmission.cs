namespace Headrace.Core.Jobs;

/// <summary>
/// The latest submission of children by an attempt. The worker numbers the submissions of an attempt from 1 and sends
/// them one after another. Each number is accepted or rejected once, so a repeated message changes nothing (R13).
/// </summary>
/// <param name="Number">The number of the submission.</param>
/// <param name="LastChild">
/// The last of its children; default if the submission was rejected. The children of one submission have consecutive
/// ids.
/// </param>
internal sealed record ChildSubmission(int Number, JobId LastChild)
{
    public bool IsAccepted => LastChild != default;

    /// <summary>Returns the children of the submission, given their number.</summary>
    public IReadOnlyList<JobId> Children(int count) =>
        [.. Enumerable.Range(0, count).Select(i => new JobId(LastChild.Value - count + 1 + i))];
}
