/** What people can ask for, in Markdown. */
export const HELP = `Commands, in the first line of a comment:

| Command | What it does | Who |
| - | - | - |
| <code>/quantgate help</code> | shows this | everybody |
| <code>/quantgate explain &lt;layer&gt;</code> | shows what the last report says of a layer | everybody |
| <code>/quantgate rerun</code> | judges the same commit again | who may push |
| <code>/quantgate apply</code> | commits what the last report has measured to help, the plan of a target or else suggested ranges, to the targets of the configuration | who may push |
| <code>/quantgate accept &lt;commit&gt; &lt;reason&gt;</code> | lets this very commit through, named with all its digits | who may push, but for the author |`;
