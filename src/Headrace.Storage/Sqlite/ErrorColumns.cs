using Headrace.Core.Jobs;

namespace Headrace.Storage.Sqlite;

/// <summary>
/// The error columns of <c>completed_job</c> and <c>attempt</c>. All of them are NULL if there was no error.
/// </summary>
internal static class ErrorColumns
{
    public static readonly string[] All = ["error_type", "error_message", "error_detail", "error_retryable"];

    public static void Put(Statement into, JobError? error)
    {
        if (error is null)
            into.PutNull().PutNull().PutNull().PutNull();
        else
            into.PutText(error.Type).PutText(error.Message).PutText(error.Detail).Put(error.Retryable);
    }

    public static JobError? Take(Statement from)
    {
        var (type, message, detail, retryable) = (
            from.TakeTextOrNull(),
            from.TakeTextOrNull(),
            from.TakeTextOrNull(),
            from.TakeBool()
        );
        return type is null ? null : new JobError(type, message!, detail, retryable);
    }
}
