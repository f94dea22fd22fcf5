using Headrace.Core.Dispatch;
using Headrace.Core.Jobs;

namespace Headrace.Core.Messages;

/// <summary>
/// The method <c>message</c>. No worker runs its jobs: clients pull them from their queue, and a job succeeds when a
/// client acknowledges it.
/// </summary>
internal static class MessageMethod
{
    public static readonly MethodName Name = new("message");

    /// <summary>The lease holder of a message that a client holds. No worker has this name.</summary>
    public static readonly LeaseHolder Client = new(new WorkerName(""), default);

    public const int Version = 1;

    public static Method Create()
    {
        var method = new Method(Name);
        method.Add(new Method.Version(new MethodRow(Name, Version, """{"type":"object"}""")));
        return method;
    }

    public static bool IsMessage(this Job job) => job.Spec.Method == Name;

    /// <summary>True while a worker runs the job and must therefore be asked to stop it.</summary>
    public static bool IsOnWorker(this Job job) => job.Status.State == JobState.Running && !job.IsMessage();
}
